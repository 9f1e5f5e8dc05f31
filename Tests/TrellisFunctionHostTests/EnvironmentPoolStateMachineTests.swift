import NIOCore
import Testing

@testable import TrellisFunctionHost

/// Carries out what a pool decides, on paper, and refuses what no real environment could do.
private struct PaperPool {
    enum Environment: Equatable { case starting, busy(Int), answered, free, cold }

    var machine = EnvironmentPoolStateMachine<Int>()
    var environments: [Int: Environment] = [:]
    var running: [Int: Int] = [:]
    var throttled: [Int] = []
    var limit: Int
    var now = NIODeadline.uptimeNanoseconds(1_000)

    init(limit: Int) { self.limit = limit }

    mutating func invoke(_ item: Int) { perform(machine.invoke(item)) }

    mutating func waitedLongEnough() {
        while let action = machine.waitedLongEnough() { perform(action) }
    }

    mutating func ready(_ id: Int) {
        #expect(environments[id] == .starting || environments[id] == .answered)
        tick()
        environments[id] = .free
        perform(machine.becameReady(id, now: now))
    }

    mutating func cold(_ id: Int) {
        tick()
        if case .busy(let item)? = environments[id] { running[item] = nil }
        environments[id] = .cold
        perform(machine.becameCold(id, now: now))
    }

    mutating func answer(_ id: Int) {
        guard case .busy(let item)? = environments[id] else {
            Issue.record("environment \(id) has nothing to answer")
            return
        }
        running[item] = nil
        environments[id] = .answered
        perform(machine.answered(id))
    }

    mutating func expire(_ id: Int) { perform(machine.expire(id)) }

    mutating func stop(_ ids: [Int]) { for id in ids { environments[id] = nil } }

    mutating func tick() { now = now + .seconds(1) }

    private mutating func perform(_ action: EnvironmentPoolStateMachine<Int>.Action?) {
        switch action {
        case .run(let item, let id):
            #expect(environments[id] == .free || environments[id] == .cold)
            environments[id] = .busy(item)
            #expect(running.updateValue(id, forKey: item) == nil, "item \(item) runs twice")
        case .needsEnvironment:
            let hasRoom = machine.count < limit
            perform(machine.grow(hasRoom ? .available : .none))
        case .start(let id):
            #expect(environments.updateValue(.starting, forKey: id) == nil)
        case .throttle(let item): throttled.append(item)
        case .stop(let id):
            environments[id] = nil
            perform(machine.waitedLongEnough())
        case .waitBriefly, nil: break
        }
    }
}

@Suite("Decisions of an environment pool")
struct EnvironmentPoolStateMachineTests {
    @Test("one after the other: one environment")
    func sequential() {
        var pool = PaperPool(limit: 5)
        pool.invoke(1)
        #expect(pool.environments == [1: .starting])
        pool.ready(1)
        #expect(pool.running == [1: 1])
        pool.answer(1)
        pool.ready(1)
        pool.invoke(2)
        #expect(pool.running == [2: 1])
    }

    @Test("side by side: one environment for each, up to the limit, then throttled")
    func scaleOut() {
        var pool = PaperPool(limit: 2)
        for item in 1...4 { pool.invoke(item) }
        #expect(pool.environments == [1: .starting, 2: .starting])
        #expect(pool.throttled == [3, 4])
        pool.ready(2)
        pool.ready(1)
        #expect(pool.running == [1: 2, 2: 1], "who waits longest is first, whichever environment is free")
    }

    @Test("while an environment starts, another one that becomes free takes the work")
    func freeBeforeStarted() {
        var pool = PaperPool(limit: 5)
        pool.invoke(1)
        pool.ready(1)
        pool.invoke(2)
        pool.answer(1)
        pool.ready(1)
        #expect(pool.running == [2: 1])
        pool.ready(2)
        pool.invoke(3)
        #expect(pool.running == [2: 1, 3: 2])
    }

    @Test("right after an answer the next call waits for the same environment")
    func reuse() {
        var pool = PaperPool(limit: 5)
        pool.invoke(1)
        pool.ready(1)
        pool.answer(1)
        pool.invoke(2)
        #expect(pool.environments == [1: .answered])
        pool.invoke(3)
        #expect(pool.environments == [1: .answered, 2: .starting], "but not two of them")
        pool.ready(1)
        #expect(pool.running == [2: 1])
        pool.ready(2)
        #expect(pool.running == [2: 1, 3: 2])
    }

    @Test("an environment whose credentials end soon goes after its invocation, also if another one waits for it")
    func expired() {
        var pool = PaperPool(limit: 1)
        pool.invoke(1)
        pool.ready(1)
        pool.expire(1)
        #expect(pool.environments == [1: .busy(1)], "what runs runs on")
        pool.answer(1)
        pool.invoke(2)
        pool.ready(1)
        #expect(pool.environments == [2: .starting], "what waits gets another one")
        pool.ready(2)
        #expect(pool.running == [2: 2])
        pool.answer(2)
        pool.ready(2)
        #expect(pool.environments == [2: .free], "its successor is a new one")
        pool.expire(2)
        #expect(pool.environments.isEmpty, "an unused one goes at once")
        pool.expire(2)
    }

    @Test("if the environment stays away, the call gets another one, or is throttled at the limit")
    func reuseTakesTooLong() {
        var pool = PaperPool(limit: 2)
        pool.invoke(1)
        pool.ready(1)
        pool.answer(1)
        pool.invoke(2)
        pool.waitedLongEnough()
        #expect(pool.environments == [1: .answered, 2: .starting])
        pool.waitedLongEnough()
        #expect(pool.environments.count == 2)

        var full = PaperPool(limit: 1)
        full.invoke(1)
        full.ready(1)
        full.answer(1)
        full.invoke(2)
        #expect(full.throttled.isEmpty)
        full.waitedLongEnough()
        #expect(full.throttled == [2])
    }

    @Test("the most recently used environment is taken, the others grow old and go")
    func reap() {
        var pool = PaperPool(limit: 5)
        for item in 1...3 { pool.invoke(item) }
        for id in 1...3 { pool.ready(id) }
        for id in 1...3 {
            pool.answer(id)
            pool.ready(id)
        }
        let middle = pool.now
        pool.invoke(4)
        #expect(pool.running == [4: 3])
        #expect(pool.machine.unusedSince == middle - .seconds(2))
        #expect(pool.machine.reap(unusedSince: middle - .seconds(2)) == [1])
        #expect(pool.machine.giveUpOne() == 2)
        #expect(pool.machine.giveUpOne() == nil)
        #expect(pool.machine.count == 1)
    }

    @Test("a cold environment runs an invocation before a new one is started; one that is free comes first")
    func cold() {
        var pool = PaperPool(limit: 5)
        pool.invoke(1)
        pool.cold(1)
        #expect(pool.running == [1: 1], "its first start failed: the invocation starts it again")
        pool.cold(1)
        #expect(pool.running.isEmpty)
        pool.invoke(2)
        #expect(pool.running == [2: 1])
        pool.invoke(3)
        pool.ready(2)
        pool.answer(2)
        pool.ready(2)
        pool.cold(1)
        pool.invoke(4)
        #expect(pool.running == [4: 2])
    }

    @Test("retired: unused environments go at once, busy ones when they are done")
    func retire() {
        var pool = PaperPool(limit: 5)
        for item in 1...2 { pool.invoke(item) }
        for id in 1...2 { pool.ready(id) }
        pool.answer(1)
        pool.ready(1)
        let stopped = pool.machine.retire()
        #expect(stopped == [1])
        pool.stop(stopped)
        pool.answer(2)
        #expect(pool.environments == [2: .answered])
        pool.ready(2)
        #expect(pool.environments.isEmpty)
        #expect(pool.machine.isEmpty)
    }

    @Test("shut down at once: what is done after an answer does not count")
    func retireAtOnce() {
        var pool = PaperPool(limit: 5)
        for item in 1...3 { pool.invoke(item) }
        for id in 1...3 { pool.ready(id) }
        pool.answer(1)
        pool.stop(pool.machine.retire(atOnce: true))
        #expect(pool.environments == [2: .busy(2), 3: .busy(3)])
        pool.answer(3)
        #expect(pool.environments == [2: .busy(2)])
    }

    @Test("no longer retired: environments are kept")
    func revive() {
        var pool = PaperPool(limit: 4)
        #expect(pool.machine.retire(atOnce: true).isEmpty)
        pool.invoke(1)
        pool.ready(1)
        pool.machine.revive()
        pool.answer(1)
        pool.ready(1)
        #expect(pool.environments == [1: .free])
    }

    @Test("retired: a call that waits is still served by the version it was for")
    func retireWhileWaiting() {
        var pool = PaperPool(limit: 5)
        for item in 1...2 { pool.invoke(item) }
        #expect(pool.machine.retire().isEmpty)
        pool.ready(1)
        pool.ready(2)
        #expect(pool.running == [1: 1, 2: 2])
        pool.cold(1)
        pool.answer(2)
        pool.ready(2)
        #expect(pool.environments.isEmpty)
    }

    @Test("a start that the machine's limit forbids")
    func startDenied() {
        var machine = EnvironmentPoolStateMachine<Int>()
        guard case .needsEnvironment = machine.invoke(1), case .start(let id)? = machine.grow(.available) else {
            Issue.record("no start")
            return
        }
        guard case .waitBriefly? = machine.startDenied(id, mayWait: true) else {
            Issue.record("does not wait")
            return
        }
        #expect(machine.startDenied(id, mayWait: false) == nil, "it was denied before")
        guard case .needsEnvironment? = machine.waitedLongEnough(), case .start(let next)? = machine.grow(.available),
            case .throttle(1)? = machine.startDenied(next, mayWait: false)
        else {
            Issue.record("not throttled")
            return
        }
        #expect(machine.isEmpty)
    }

    @Test("a call waits while another pool may make room, and is throttled when it does not")
    func waitsForRoom() {
        var machine = EnvironmentPoolStateMachine<Int>()
        guard case .needsEnvironment = machine.invoke(1), case .waitBriefly? = machine.grow(.soon) else {
            Issue.record("does not wait")
            return
        }
        #expect(machine.waitingCount == 1)
        guard case .needsEnvironment? = machine.waitedLongEnough(), case .throttle(1)? = machine.grow(.none) else {
            Issue.record("not throttled")
            return
        }
        #expect(machine.isEmpty)
    }

    @Test("what has answered is enough for as many calls as there are, beside those that start one")
    func answeredOnesSuffice() {
        var pool = PaperPool(limit: 3)
        for item in 1...2 { pool.invoke(item) }
        #expect(pool.machine.answeredOnesSuffice, "an environment starts for each")
        pool.ready(1)
        pool.ready(2)
        pool.answer(1)
        pool.invoke(3)
        #expect(pool.machine.answeredOnesSuffice)
        pool.invoke(4)
        #expect(pool.environments[3] == .starting)
        #expect(pool.machine.answeredOnesSuffice)
        var machine = EnvironmentPoolStateMachine<Int>()
        _ = machine.invoke(1)
        #expect(!machine.answeredOnesSuffice)
    }

    @Test("shut down: everything comes out")
    func shutDown() {
        var pool = PaperPool(limit: 5)
        pool.invoke(1)
        pool.invoke(2)
        pool.ready(1)
        let all = pool.machine.shutDown()
        #expect(all.environments == [1, 2])
        #expect(all.waiting == [2])
        #expect(pool.machine.isEmpty)
    }

    @Test("whatever happens, nothing is lost and no limit is passed", arguments: 1...200 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        let random = SeededRandom(seed)
        var pool = PaperPool(limit: Int(random.next() % 4) + 1)
        var items = 0
        var finished = 0
        func pick(_ states: (PaperPool.Environment) -> Bool) -> Int? {
            let ids = pool.environments.filter { states($0.value) }.keys.sorted()
            return ids.isEmpty ? nil : ids[Int(random.next() % UInt64(ids.count))]
        }
        let isBusy = { (state: PaperPool.Environment) in if case .busy = state { true } else { false } }
        for _ in 0..<400 {
            switch random.next() % 8 {
            case 0, 1:
                items += 1
                pool.invoke(items)
            case 2: if let id = pick({ $0 == .starting || $0 == .answered }) { pool.ready(id) }
            case 3, 4:
                if let id = pick(isBusy) {
                    pool.answer(id)
                    finished += 1
                }
            case 5:
                if let id = pick({ _ in true }) {
                    if let state = pool.environments[id], isBusy(state) { finished += 1 }
                    pool.cold(id)
                }
            case 6: pool.waitedLongEnough()
            default:
                pool.tick()
                pool.stop(pool.machine.reap(unusedSince: pool.now - .seconds(20)))
            }
            #expect(pool.machine.count == pool.environments.count)
            #expect(pool.machine.count <= pool.limit)
        }
        // Let everything come to its end.
        for _ in 0..<2_000 {
            if let id = pick({ $0 == .starting || $0 == .answered }) { pool.ready(id) }
            if let id = pick(isBusy) {
                pool.answer(id)
                finished += 1
            }
        }
        #expect(pool.running.isEmpty)
        #expect(finished + pool.throttled.count == items, "seed \(seed)")
    }
}

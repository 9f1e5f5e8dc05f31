import Glibc
import NIOCore
import NIOPosix
import SystemPackage

/// The processes of an execution environment, seen from its event loop: their output, their memory, their end.
///
/// Exists before the process does, so that nothing it prints is missed.
///
/// `@unchecked Sendable`: used on `eventLoop` only.
final class FunctionProcess: @unchecked Sendable {
    private static let blockSize = 64 * 1024
    /// A pipe holds at most one such block by default, and 16 if the process asked for more.
    private static let maximumDrainedBlocks = 16

    /// How long a supervisor may take to end what it supervises, before it is killed itself.
    static let supervisorGrace = Duration.seconds(2)
    private static let memoryInterval = TimeAmount.milliseconds(100)

    /// The host's own child: the supervisor, or bubblewrap, or else the function's first process; `nil` until it runs.
    ///
    /// Leads a session and a process group.
    private(set) var id: pid_t?
    private let eventLoop: any EventLoop
    private let hasSupervisor: Bool
    /// Of bubblewrap; `nil` without a sandbox.
    private var sandbox: SandboxReport?
    private var hasKeptFiles = false
    private var waitingForStart: [(pid_t?) -> Void] = []
    /// Asked of a process that does not run yet.
    private var endAtStart: (() -> Void)?
    private var escalation: Scheduled<Void>?
    /// Those that were sent SIGSTOP.
    private var frozen: [pid_t] = []
    /// A second descriptor of the pipe, to look into it at any time.
    ///
    /// It is read only while the channel does not: the channel takes it for an error if what it was notified of is
    /// gone.
    private let output: SystemPackage.FileDescriptor
    private var channel: (any Channel)?
    private let handler: FunctionOutputHandler
    private var memoryReadAt: NIODeadline?
    private var maximumKilobytes = 0
    private let receive: (ByteBuffer) -> Void

    /// Makes the pipe for standard output and error.
    ///
    /// - Parameters:
    ///   - hasSupervisor: `trellis-supervisor` is going to be started, unless the process gets a sandbox.
    ///   - receive: Called with each piece of output.
    /// - Returns: The process to be, and the writing end, which is the caller's to close.
    static func make(
        eventLoop: any EventLoop, hasSupervisor: Bool, logs: LoopLogs, receive: @escaping (ByteBuffer) -> Void
    ) throws(LaunchFailure) -> (process: FunctionProcess, writingEnd: CInt) {
        do {
            let ends = try SystemPackage.FileDescriptor.pipe()
            do {
                for end in [ends.readEnd, ends.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
                // Not for the process: its end is another open file.
                _ = fcntl(ends.readEnd.rawValue, F_SETFL, O_NONBLOCK)
                let second = try ends.readEnd.duplicate()
                let process = FunctionProcess(
                    output: second, eventLoop: eventLoop, hasSupervisor: hasSupervisor, logs: logs, receive: receive)
                process.read(ends.readEnd, eventLoop)
                return (process, ends.writeEnd.rawValue)
            } catch {
                try? ends.readEnd.close()
                try? ends.writeEnd.close()
                throw error
            }
        } catch {
            throw .unavailable(reason: "no pipe for the function's output: \(error)")
        }
    }

    private init(
        output: SystemPackage.FileDescriptor, eventLoop: any EventLoop, hasSupervisor: Bool, logs: LoopLogs,
        receive: @escaping (ByteBuffer) -> Void
    ) {
        self.output = output
        self.eventLoop = eventLoop
        self.hasSupervisor = hasSupervisor
        self.receive = receive
        handler = FunctionOutputHandler(logs: logs, receive: receive)
    }

    private func read(_ readingEnd: SystemPackage.FileDescriptor, _ eventLoop: any EventLoop) {
        NIOPipeBootstrap(group: eventLoop)
            .channelInitializer { [handler] channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler) }
            }
            .takingOwnershipOfDescriptor(input: readingEnd.rawValue)
            .assumeIsolated().whenComplete { [self] result in
                switch result {
                case .success(let channel): self.channel = channel
                case .failure:
                    // The descriptor was given back. Nobody would read what the process writes, and it would wait for
                    // ever.
                    try? readingEnd.close()
                    end()
                }
            }
    }

    /// - Parameter id: Of the function's process, or of bubblewrap, which holds its sandbox.
    func started(_ id: pid_t, sandbox: SandboxReport?) {
        self.id = id
        self.sandbox = sandbox
        tellStart(id)
        endAtStart?()
        endAtStart = nil
    }

    /// Whether `id` is the supervisor's.
    ///
    /// A sandbox has none: it ends with bubblewrap, and bubblewrap with the host.
    private var isSupervised: Bool { hasSupervisor && sandbox == nil }

    /// The function's first process, `nil` until it runs; in a sandbox, the only child of the sandbox's own.
    var program: pid_t? {
        if let sandbox { return sandbox.firstProcess.flatMap { ProcessTree.descendants(of: $0).first } }
        guard isSupervised else { return id }
        return id.flatMap { ProcessTree.descendants(of: $0).first }
    }

    /// Calls `body` with the process's id as soon as there is one; with `nil` if there will be none.
    func whenStarted(_ body: @escaping (pid_t?) -> Void) {
        if let id { body(id) } else { waitingForStart.append(body) }
    }

    private func tellStart(_ id: pid_t?) {
        let waiting = waitingForStart
        waitingForStart = []
        for body in waiting { body(id) }
    }

    /// A descriptor of the sandbox's `/tmp`, which keeps its files beyond the end of the process.
    ///
    /// - Returns: `nil` without a sandbox, and after the first time.
    func keepTemporaryFiles() -> CInt? {
        guard !hasKeptFiles, let first = sandbox?.firstProcess else { return nil }
        hasKeptFiles = true
        let path = "/proc/\(first)/root\(SandboxPath.temporary)"
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        return descriptor >= 0 ? descriptor : nil
    }

    // MARK: End

    /// Asks all to end.
    func terminate() {
        guard let id else { return endAtStart = { [self] in terminate() } }
        // In a sandbox, to the group that the function's process belongs to there.
        kill(isSupervised ? id : -(sandbox?.firstProcess ?? id), SIGTERM)
        // What is stopped does not notice otherwise.
        thaw()
    }

    /// Ends all at once.
    func end() {
        guard let id else { return endAtStart = { [self] in end() } }
        guard isSupervised else {
            // With the first process of the sandbox everything in it ends, and bubblewrap tells how.
            kill(sandbox?.firstProcess ?? -id, SIGKILL)
            return
        }
        kill(id, SIGUSR1)
        kill(id, SIGCONT)
        // A supervisor that does not do its duty.
        escalation =
            escalation
            ?? eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(Self.supervisorGrace)) {
                kill(id, SIGKILL)
            }
    }

    // MARK: Idle

    var isFrozen: Bool { !frozen.isEmpty }

    /// Stops all processes, so that an environment nobody uses costs no processor time.
    func freeze() {
        guard let id, frozen.isEmpty else { return }
        if !isSupervised, sandbox == nil { stop(id) }
        // A parent that is stopped starts nothing, but its children may have done so in the meantime.
        var isComplete = false
        while !isComplete {
            let running = Set(ProcessTree.descendants(of: id)).subtracting(frozen)
            for process in running { stop(process) }
            isComplete = running.isEmpty
        }
    }

    private func stop(_ process: pid_t) {
        kill(process, SIGSTOP)
        frozen.append(process)
    }

    func thaw() {
        for process in frozen { kill(process, SIGCONT) }
        frozen = []
    }

    // MARK: Memory

    /// Rounded up; 0 until the first reading.
    var maximumMemoryMB: Int { (maximumKilobytes + 1_023) / 1_024 }

    /// Reads the memory of all processes, unless it was read a moment ago.
    func readMemory(now: NIODeadline) {
        guard let id else { return }
        if let memoryReadAt, now - memoryReadAt < Self.memoryInterval { return }
        note(ProcessMemory.below(id), now: now)
    }

    /// A reading that was made elsewhere.
    func note(_ memory: ProcessMemory, now: NIODeadline) {
        memoryReadAt = now
        maximumKilobytes = max(maximumKilobytes, memory.kilobytes, memory.highestKilobytes)
    }

    // MARK: Output

    /// Whether the process has written something that the event loop will report in its current round.
    ///
    /// What it wrote before it sent a request is reported in the same round as the request, but maybe after it.
    var hasUnreadOutput: Bool {
        guard !handler.isPaused else { return false }
        var look = pollfd(fd: output.rawValue, events: Int16(POLLIN), revents: 0)
        return poll(&look, 1, 0) > 0 && look.revents & Int16(POLLIN) != 0
    }

    /// Takes what the process has written so far while reading is paused.
    func drainPausedOutput() {
        if handler.isPaused { drainOutput() }
    }

    private func drainOutput() {
        for _ in 0..<Self.maximumDrainedBlocks {
            var block = ByteBuffer()
            // EAGAIN: nothing there.
            let size = try? block.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.blockSize) {
                try output.read(into: $0)
            }
            guard let size, size > 0 else { return }
            receive(block)
        }
    }

    /// The process is gone: takes its last words and closes everything.
    func ended() {
        tellStart(nil)
        sandbox = nil
        channel?.close(promise: nil)
        channel = nil
        drainOutput()
        try? output.close()
        escalation?.cancel()
        id = nil
        frozen = []
    }
}

/// Hands over a process's output, and stops reading while the log cannot take more: the process then waits in `write`.
///
/// `@unchecked Sendable`: used on the channel's event loop only.
private final class FunctionOutputHandler: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never

    private let logs: LoopLogs
    private let receive: (ByteBuffer) -> Void
    private(set) var isPaused = false

    init(logs: LoopLogs, receive: @escaping (ByteBuffer) -> Void) {
        self.logs = logs
        self.receive = receive
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { receive(unwrapInboundIn(data)) }

    func read(context: ChannelHandlerContext) {
        guard logs.isCongested else { return context.read() }
        guard !isPaused else { return }
        isPaused = true
        let channel = context.channel
        logs.whenWritable { [self] in
            isPaused = false
            channel.read()
        }
    }
}

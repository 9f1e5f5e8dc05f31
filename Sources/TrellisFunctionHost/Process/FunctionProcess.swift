import Glibc
import NIOCore
import NIOPosix
import SystemPackage

/// A process of a function, seen from its event loop: its output, its memory, its process group.
///
/// Exists before the process does, so that nothing it prints is missed.
///
/// `@unchecked Sendable`: used on `eventLoop` only.
final class FunctionProcess: @unchecked Sendable {
    private static let blockSize = 64 * 1024
    /// A pipe holds at most one such block by default, and 16 if the process asked for more.
    private static let maximumDrainedBlocks = 16

    /// Also the id of the process group and of the session; `nil` until it runs.
    private(set) var id: pid_t?
    /// A signal for a process that does not run yet.
    private var signalAtStart: CInt?
    /// A second descriptor of the pipe, to look into it at any time.
    ///
    /// It is read only while the channel does not: the channel takes it for an error if what it was notified of is
    /// gone.
    private let output: SystemPackage.FileDescriptor
    private var channel: (any Channel)?
    private let handler: FunctionOutputHandler
    private var memory: MemoryGauge?
    private let receive: (ByteBuffer) -> Void

    /// Makes the pipe for standard output and error.
    ///
    /// - Parameter receive: Called with each piece of output.
    /// - Returns: The process to be, and the writing end, which is the caller's to close.
    static func make(
        eventLoop: any EventLoop, logs: LoopLogs, receive: @escaping (ByteBuffer) -> Void
    ) throws(LaunchFailure) -> (process: FunctionProcess, writingEnd: CInt) {
        do {
            let ends = try SystemPackage.FileDescriptor.pipe()
            do {
                for end in [ends.readEnd, ends.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
                // Not for the process: its end is another open file.
                _ = fcntl(ends.readEnd.rawValue, F_SETFL, O_NONBLOCK)
                let second = try ends.readEnd.duplicate()
                let process = FunctionProcess(output: second, logs: logs, receive: receive)
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

    private init(output: SystemPackage.FileDescriptor, logs: LoopLogs, receive: @escaping (ByteBuffer) -> Void) {
        self.output = output
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
                    signal(SIGKILL)
                }
            }
    }

    func started(_ id: pid_t) {
        self.id = id
        memory = MemoryGauge(process: id)
        if let signalAtStart { signal(signalAtStart) }
    }

    var maximumMemoryMB: Int { memory?.maximumMB ?? 0 }

    func readMemory(now: NIODeadline) { memory?.read(now: now) }

    /// To the whole group.
    func signal(_ signal: CInt) {
        if let id { kill(-id, signal) } else { signalAtStart = signal }
    }

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
        channel?.close(promise: nil)
        channel = nil
        drainOutput()
        try? output.close()
        memory?.close()
        memory = nil
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

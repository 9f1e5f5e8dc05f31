import NIOCore
import NIOPosix
import Synchronization

/// An HTTP server that answers what the test says and remembers what it was asked.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        /// Of the connection, from 0 in the order they were accepted.
        var connection: Int
        /// Request line and headers.
        var head: String
        var body: String

        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name): ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }
    }

    enum Reaction: Sendable {
        case answer(String)
        case answerAndClose(String)
        /// Closes without a word.
        case close
        case silence
    }

    private let channel: any Channel
    private let seen: Seen

    var port: Int { channel.localAddress?.port ?? 0 }
    var requests: [Request] { seen.requests.withLock(\.self) }

    /// - Parameter react: Called with each complete request.
    init(_ react: @escaping @Sendable (Request) -> Reaction) async throws {
        let seen = Seen()
        let connections = Counter()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(connection: connections.next()) { request in
                            seen.requests.withLock { $0.append(request) }
                            return react(request)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.seen = seen
    }

    func stop() async { try? await channel.close() }

    static func answer(_ status: String = "200 OK", _ headers: [String] = [], _ body: String = "") -> String {
        let lines = ["HTTP/1.1 \(status)", "content-length: \(body.utf8.count)"] + headers
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    private final class Seen: Sendable {
        let requests = Mutex<[Request]>([])
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock { count in
                defer { count += 1 }; return count
            }
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let connection: Int
        private let react: (Request) -> Reaction
        private var input = ""

        init(connection: Int, react: @escaping (Request) -> Reaction) {
            self.connection = connection
            self.react = react
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            input += String(buffer: unwrapInboundIn(data))
            while let end = input.firstRange(of: "\r\n\r\n") {
                let head = String(input[..<end.lowerBound])
                let request = Request(connection: connection, head: head, body: "")
                let length = request.header("content-length").flatMap { Int($0) } ?? 0
                let rest = input[end.upperBound...]
                guard rest.utf8.count >= length else { return }
                let body = String(decoding: rest.utf8.prefix(length), as: UTF8.self)
                input = String(decoding: rest.utf8.dropFirst(length), as: UTF8.self)
                perform(react(Request(connection: connection, head: head, body: body)), context)
            }
        }

        private func perform(_ reaction: Reaction, _ context: ChannelHandlerContext) {
            switch reaction {
            case .answer(let text): write(text, context)
            case .answerAndClose(let text):
                write(text, context)
                context.close(promise: nil)
            case .close: context.close(promise: nil)
            case .silence: break
            }
        }

        private func write(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }
    }
}

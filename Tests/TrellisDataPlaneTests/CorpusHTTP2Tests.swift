import NIOCore
import NIOHPACK
import Testing
import TrellisInvoke
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

/// Frames that a client may send over TLS, and what becomes of them, from the files in `Tests/Corpus/http2`.
@Suite(.timeLimit(.minutes(5))) struct CorpusHTTP2Tests {
    private static let errors = [
        "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
        "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ]
    /// As many as the server likes.
    private static let anyResets = "RST_STREAM *"
    private static let ping = RawHTTP2Client.Frame(
        type: 6, flags: 0, stream: 0, payload: Array("the end?".utf8))

    private static var site: Site {
        var site = Site()
        site.apply([
            .putListener(Site.listener(9, of: 1, port: 443, protocol: .https, action: Site.forward((1, 100))))
        ])
        return site
    }

    /// What the server has said, in the words of the corpus.
    private struct Heard {
        var answers: [String] = []
        var isClosed = false
        private var open: [UInt32: (status: String, body: String)] = [:]

        mutating func add(_ frame: RawHTTP2Client.Frame, _ client: RawHTTP2Client) throws {
            switch frame.type {
            case 0: open[frame.stream]?.body += String(decoding: frame.payload, as: UTF8.self)
            case 1: open[frame.stream] = (try client.headers(frame)[":status"].first ?? "-", "")
            case 3: answers.append("RST_STREAM \(frame.stream) \(Self.error(frame.payload[...]))")
            case 7: answers.append("GOAWAY \(Self.error(frame.payload.dropFirst(4)))")
            default: break
            }
            let ends = frame.type <= 1 && frame.flags & RawHTTP2Client.Frame.endStream != 0
            if ends, let answer = open.removeValue(forKey: frame.stream) {
                answers.append("\(frame.stream) \(answer.status) \(answer.body)")
            }
        }

        private static func error(_ bytes: ArraySlice<UInt8>) -> String {
            let code = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            return errors.indices.contains(code) ? errors[code] : "\(code)"
        }
    }

    /// Plays a case and asks at its end whether the connection is still there.
    private func play(_ test: Corpus.Case, _ client: RawHTTP2Client) async throws -> Heard {
        var heard = Heard()
        await client.sendIgnoringErrors(try FrameScript(test.lines).bytes)
        await client.sendIgnoringErrors(Self.ping.bytes)
        var answeredPing = false
        while !answeredPing || heard.answers.count < test.responses.count {
            guard let frame = await client.frame() else {
                heard.isClosed = true
                break
            }
            if frame.type == Self.ping.type, frame.payload == Self.ping.payload {
                answeredPing = true
            } else {
                try heard.add(frame, client)
            }
        }
        return heard
    }

    @Test func overTLS() async throws {
        let invoker = ImmediateInvoker()
        let certificates = ServerCertificates(
            authority: try LocalAuthority.make(now: FixedClock.time, random: SeededRandom()), clock: FixedClock(),
            random: SeededRandom())
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.times.drain = .milliseconds(10)
        try await withDataPlane(
            Self.site, invoker: invoker, certificates: certificates, configuration: configuration
        ) { running in
            var before = 0
            for test in try Corpus.cases(in: "http2") {
                let client = try await running.connectHTTP2()
                let heard = try await play(test, client)
                await client.close()
                var answers = heard.answers
                if test.responses.contains(Self.anyResets) {
                    answers.removeAll { $0.hasPrefix("RST_STREAM ") }
                    answers.append(Self.anyResets)
                }
                #expect(answers.sorted() == test.responses.sorted(), "\(test.testDescription)")
                #expect(heard.isClosed == !test.staysOpen, "\(test.testDescription)")
                let events = invoker.invocations.dropFirst(before).map(\.event)
                before += events.count
                expect(events, test)
            }
            #expect(try await running.get().body == "first")
        }
    }

    private func expect(_ events: [String], _ test: Corpus.Case) {
        guard !test.events.isEmpty else {
            let answered = test.responses.count { $0.contains(" 200 ") }
            #expect(events.count == answered, "\(test.testDescription)")
            return
        }
        #expect(events.count == test.events.count, "\(test.testDescription)")
        for (event, expected) in zip(events, test.events) {
            #expect(Corpus.matches(event, expected), "\(test.testDescription): \(event)")
        }
    }
}

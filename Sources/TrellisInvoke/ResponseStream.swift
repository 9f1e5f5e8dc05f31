package import NIOCore
import Synchronization

/// A response that its caller takes while the function writes it.
///
/// The caller keeps ``chunks`` and gives ``writer`` to the invocation. Chunks arrive at the reader's pace: when
/// ``waitingChunks`` of them wait, the function's connection is not read, and the function waits too.
package struct ResponseStream: Sendable {
    package typealias Chunks = NIOAsyncSequenceProducer<
        ByteBuffer, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, ResponseStreamWriter.Demand
    >

    /// A chunk is what came in with one round of the event loop, a few hundred kilobytes at most.
    private static let waitingChunks = 4

    package let writer: ResponseStreamWriter
    /// For one reader.
    ///
    /// Whatever comes when nobody reads any more is dropped.
    package let chunks: Chunks

    /// - Parameter began: Told at once, on any thread, that the function streams its response, and which version runs;
    ///   not called for a response that comes in one piece with the outcome.
    package init(began: @escaping @Sendable (_ executedVersion: String) -> Void) {
        let demand = ResponseStreamWriter.Demand()
        let sequence = Chunks.makeSequence(
            elementType: ByteBuffer.self,
            backPressureStrategy: .init(lowWatermark: 1, highWatermark: Self.waitingChunks), finishOnDeinit: true,
            delegate: demand)
        writer = ResponseStreamWriter(source: sequence.source, demand: demand, began: began)
        chunks = sequence.sequence
    }
}

/// The function's side of a ``ResponseStream``.
///
/// Does not keep the reader's side alive, so that a reader that is gone is noticed.
package final class ResponseStreamWriter: Sendable {
    /// Hears of the reader, on any thread.
    package final class Demand: NIOAsyncSequenceProducerDelegate {
        fileprivate let resume = Mutex<(@Sendable () -> Void)?>(nil)

        package func produceMore() { resume.withLock { $0 }?() }

        /// The rest is dropped, for which it has to be read.
        package func didTerminate() { produceMore() }
    }

    private let source: ResponseStream.Chunks.Source
    private let demand: Demand
    private let began: @Sendable (String) -> Void

    fileprivate init(
        source: ResponseStream.Chunks.Source, demand: Demand, began: @escaping @Sendable (String) -> Void
    ) {
        self.source = source
        self.demand = demand
        self.began = began
    }

    /// The function begins to answer; called at most once, before the first ``write(_:)``.
    ///
    /// - Parameter resume: Called on any thread after a ``write(_:)`` asked for a pause, and perhaps without need.
    package func begin(executedVersion: String, resume: @escaping @Sendable () -> Void) {
        demand.resume.withLock { $0 = resume }
        began(executedVersion)
    }

    /// - Returns: Whether the reader keeps up; otherwise the next bytes are to be fetched after `resume` was called.
    package func write(_ bytes: ByteBuffer) -> Bool {
        switch source.yield(bytes) {
        case .produceMore, .dropped: true
        case .stopProducing: false
        }
    }

    /// Nothing more comes.
    ///
    /// What was written before is still read.
    package func finish() {
        source.finish()
        demand.resume.withLock { $0 = nil }
    }
}

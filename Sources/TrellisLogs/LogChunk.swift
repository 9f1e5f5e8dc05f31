package import NIOCore
package import TrellisModel

/// Bytes for a log stream: one event, or lines that are an event each.
///
/// The bytes may be anything; what is not UTF-8 is repaired when it is read.
package struct LogChunk: Sendable {
    package enum Form: Sendable {
        case event
        /// The newlines belong to no event, and an empty line is none.
        case lines
    }

    /// When the events happened.
    package var timestamp: Timestamp
    package var bytes: ByteBuffer
    package var form: Form

    package init(_ form: Form, _ bytes: ByteBuffer, at timestamp: Timestamp) {
        self.form = form
        self.bytes = bytes
        self.timestamp = timestamp
    }
}

/// What becomes of events whose log group does not exist.
package enum MissingLogGroup: Sendable {
    /// The group is made, unless it was deleted after the writer began: who deletes a group wants it gone.
    case create(unlessDeletedSince: Timestamp)
    case discard
}

/// Events for one stream.
package struct LogBatch: Sendable {
    package var stream: LogStreamID
    package var chunks: [LogChunk]
    package var missingGroup: MissingLogGroup

    package init(_ chunks: [LogChunk], to stream: LogStreamID, missingGroup: MissingLogGroup) {
        self.chunks = chunks
        self.stream = stream
        self.missingGroup = missingGroup
    }

    var bytes: Int { chunks.reduce(0) { $0 + $1.bytes.readableBytes } }
}

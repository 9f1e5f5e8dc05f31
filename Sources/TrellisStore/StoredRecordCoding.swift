package import TrellisModel

/// The stored form of a record: `{"schemaVersion": 1, "record": {…}}`.
package enum StoredRecordCoding {
    private struct Envelope<Record: StoredRecord>: Codable {
        var schemaVersion: Int
        var record: Record

        init(_ record: Record) {
            schemaVersion = Record.schemaVersion
            self.record = record
        }

        /// The version decides before the record is looked at, which may have any form in another one.
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            schemaVersion = try container.decode(Int.self, forKey: .schemaVersion)
            guard schemaVersion == Record.schemaVersion else { throw OtherVersion(version: schemaVersion) }
            record = try container.decode(Record.self, forKey: .record)
        }
    }

    private struct OtherVersion: Error {
        var version: Int
    }

    package static func encode<Record: StoredRecord>(_ record: Record) throws -> [UInt8] {
        try RecordEncoder.encode(Envelope(record))
    }

    /// - Throws: ``StoreError/unreadable(_:reason:)``, also for a record written by a newer Trellis.
    package static func decode<Record: StoredRecord>(_ type: Record.Type, from entry: StoreEntry) throws -> Record {
        try entry.source.record as? Record ?? decode(type, from: entry.value, at: entry.key)
    }

    /// - Returns: `nil` for a deletion.
    /// - Throws: ``StoreError/unreadable(_:reason:)``, also for a record written by a newer Trellis.
    package static func decode<Record: StoredRecord>(_ type: Record.Type, from change: StoreChange) throws -> Record? {
        if let record = change.source.record as? Record { return record }
        return try change.value.map { try decode(type, from: $0, at: change.key) }
    }

    /// - Throws: ``StoreError/unreadable(_:reason:)``, also for a record written by a newer Trellis.
    package static func decode<Record: StoredRecord>(
        _ type: Record.Type, from value: [UInt8], at key: StoreKey
    ) throws -> Record {
        do {
            return try Envelope<Record>(from: RecordDecoder(try JSONTapeParser.parse(value))).record
        } catch let other as OtherVersion {
            throw StoreError.unreadable(
                key, reason: "it has schema version \(other.version), this Trellis reads \(Record.schemaVersion)")
        } catch let error as JSONTapeParser.Failure {
            throw StoreError.unreadable(key, reason: "\(error)")
        } catch let error as DecodingError {
            throw StoreError.unreadable(key, reason: "\(error)")
        }
    }
}

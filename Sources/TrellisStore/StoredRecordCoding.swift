import FoundationEssentials
package import TrellisModel

/// The stored form of a record: `{"schemaVersion": 1, "record": {…}}`.
package enum StoredRecordCoding {
    private struct Envelope<Record: StoredRecord>: Codable {
        var schemaVersion: Int
        var record: Record
    }

    private struct VersionOnly: Decodable {
        var schemaVersion: Int
    }

    package static func encode<Record: StoredRecord>(_ record: Record) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(Envelope(schemaVersion: Record.schemaVersion, record: record)))
    }

    /// - Throws: ``StoreError/unreadable(_:reason:)``, also for a record written by a newer Trellis.
    package static func decode<Record: StoredRecord>(
        _ type: Record.Type, from value: [UInt8], at key: StoreKey
    ) throws -> Record {
        do {
            let data = Data(value)
            let version = try JSONDecoder().decode(VersionOnly.self, from: data).schemaVersion
            guard version == Record.schemaVersion else {
                throw StoreError.unreadable(
                    key, reason: "it has schema version \(version), this Trellis reads \(Record.schemaVersion)")
            }
            return try JSONDecoder().decode(Envelope<Record>.self, from: data).record
        } catch let error as DecodingError {
            throw StoreError.unreadable(key, reason: "\(error)")
        }
    }
}

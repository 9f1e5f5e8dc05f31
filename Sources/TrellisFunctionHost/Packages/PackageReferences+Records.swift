import TrellisModel
package import TrellisStore

extension PackageReferences {
    /// Adds what a record refers to; other kinds of records are passed over.
    ///
    /// - Throws: If the record cannot be read.
    package mutating func add(_ entry: StoreEntry) throws {
        switch entry.key.components.dropFirst(2).first.flatMap({ RecordKind(rawValue: String($0)) }) {
        case .function:
            add(try StoredRecordCoding.decode(FunctionRecord.self, from: entry.value, at: entry.key).latest)
        case .functionVersion:
            add(
                try StoredRecordCoding.decode(FunctionVersionRecord.self, from: entry.value, at: entry.key)
                    .configuration)
        case .layerVersion:
            add(try StoredRecordCoding.decode(LayerVersionRecord.self, from: entry.value, at: entry.key))
        default: break
        }
    }
}

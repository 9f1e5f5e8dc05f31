/// What the store refuses.
package enum LogStoreError: Error, Hashable, Sendable {
    case noSuchGroup
    case noSuchStream
    case groupExists
    case streamExists
    case deletionProtected
}

import TrellisModel
import TrellisStore

/// Makes a version out of `$LATEST`.
///
/// Numbers rise by one and are never used again. If nothing changed since the last version was
/// published, there is no new one.
///
/// - Source: reference lambda.md §6.4.
struct VersionPublication {
    /// The version's own description; `nil` keeps the one of `$LATEST`.
    private let description: String?
    private let time: Timestamp
    private let versionRevisionID: String
    private let functionRevisionID: String

    init(description: String?, at time: Timestamp, random: any RandomSource) {
        self.description = description
        self.time = time
        versionRevisionID = random.uuid()
        functionRevisionID = random.uuid()
    }

    /// Puts the version into the session; the function is the caller's to put.
    ///
    /// - Parameter function: Gets the next number and a new revision if a version is made.
    /// - Returns: The new version, or the last one if `$LATEST` is still what that was made from.
    func publish(_ function: inout FunctionRecord, in session: StoreSession) async throws -> FunctionVersionRecord {
        if let last = try await session.version(function.nextVersion - 1, of: function.arn),
            last.configuration == function.latest
        {
            return last
        }
        var version = FunctionVersionRecord(
            scope: function.scope, name: function.name, version: function.nextVersion,
            configuration: function.latest, revisionID: versionRevisionID, lastModified: time)
        version.ownDescription = description
        function.nextVersion += 1
        function.revisionID = functionRevisionID
        try session.put(version)
        return version
    }
}

package import TrellisModel
package import TrellisSignature

/// Credentials and how long they hold.
package struct IssuedCredentials: Sendable {
    package var credentials: ClientCredentials
    /// `nil` for those that do not end.
    package var expiration: Timestamp?

    package init(credentials: ClientCredentials, expiration: Timestamp? = nil) {
        self.credentials = credentials
        self.expiration = expiration
    }
}

/// Why there are no credentials; the text never holds one.
package struct CredentialError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// What credentials are looked for in: read once, from the process that runs Trellis.
package struct CredentialEnvironment: Sendable {
    package var variables: [String: String]
    package var homeDirectory: String?
    /// The text of a file, bounded by whoever reads; `nil` if there is none.
    package var readFile: @Sendable (String) async throws -> String?

    package init(
        variables: [String: String], homeDirectory: String?,
        readFile: @escaping @Sendable (String) async throws -> String?
    ) {
        self.variables = variables
        self.homeDirectory = homeDirectory
        self.readFile = readFile
    }

    /// - Returns: `nil` for a variable that is empty too.
    func variable(_ name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func text(ofFile path: String, for what: String) async throws(CredentialError) -> String {
        do {
            if let text = try await readFile(path) { return text }
        } catch {
            throw CredentialError("\(what) cannot be read from \(path): \(error)")
        }
        throw CredentialError("\(what): there is no file \(path)")
    }
}

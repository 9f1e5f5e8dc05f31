import Foundation
import TrellisModel
import TrellisPrincipals
import TrellisSignature

/// An account and its root user's access key.
struct RootCredentials: Hashable, Sendable {
    var account: AccountID
    var accessKeyID: String
    var secretAccessKey: String

    var key: RootKey { RootKey(id: accessKeyID, secret: SecretAccessKey(secretAccessKey), account: account) }
}

/// `<data-dir>/credentials`: the accounts of a data directory.
///
/// The file has the form of an AWS shared credentials file, so that it can also be used as
/// `AWS_SHARED_CREDENTIALS_FILE`; the profile of a further account is its number. Only its owner may read it.
struct CredentialsFile: Hashable, Sendable {
    /// The account that the data directory was made for.
    var home: RootCredentials
    /// In the order of their making.
    var others: [RootCredentials] = []

    static func path(inDataDirectory dataDirectory: String) -> String { "\(dataDirectory)/credentials" }

    /// Reads the file, or makes it for a fresh data directory, and adds the accounts that are not in it.
    ///
    /// - Parameters:
    ///   - account: The home account that the configuration asks for, if any.
    ///   - others: What else the configuration asks for; an account that is there and not asked for stays in the file.
    /// - Throws: ``CommandFailure`` if the file is damaged or belongs to another account.
    static func loadOrCreate(
        inDataDirectory dataDirectory: String, account: AccountID?, others: [AccountID] = [],
        random: some RandomSource
    ) throws -> CredentialsFile {
        let path = path(inDataDirectory: dataDirectory)
        let known = try load(from: path)
        if let known, let account, account != known.home.account {
            throw CommandFailure(
                .badConfiguration,
                "this data directory belongs to account \(known.home.account), not \(account): "
                    + "leave --account out, or use another --data-dir")
        }
        var file = known ?? CredentialsFile(home: newCredentials(of: account ?? newAccount(random), random))
        for other in others where file.credentials(of: other) == nil {
            file.others.append(newCredentials(of: other, random))
        }
        if file != known { try file.write(to: path) }
        return file
    }

    func credentials(of account: AccountID) -> RootCredentials? {
        ([home] + others).first { $0.account == account }
    }

    /// - Returns: `nil` if there is no such file.
    static func load(from path: String) throws -> CredentialsFile? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure(.unavailable, "cannot read \(path): \(error.localizedDescription)")
        }
        let profiles = try profiles(in: text).map { values in
            guard let account = values["aws_account_id"].flatMap(AccountID.init),
                let id = values["aws_access_key_id"], let secret = values["aws_secret_access_key"]
            else { throw damaged(path) }
            return RootCredentials(account: account, accessKeyID: id, secretAccessKey: secret)
        }
        guard let home = profiles.first else { throw damaged(path) }
        return CredentialsFile(home: home, others: Array(profiles.dropFirst()))
    }

    private static func damaged(_ path: String) -> CommandFailure {
        CommandFailure(
            .badInput,
            "\(path) is damaged: each profile needs aws_account_id, aws_access_key_id and aws_secret_access_key")
    }

    private static func profiles(in text: String) -> [[String: String]] {
        var profiles: [[String: String]] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("[") {
                profiles.append([:])
                continue
            }
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2, !profiles.isEmpty else { continue }
            profiles[profiles.count - 1][parts[0]] = parts[1]
        }
        return profiles
    }

    private func write(to path: String) throws {
        let profiles = [("default", home)] + others.map { ($0.account.rawValue, $0) }
        let text = profiles.map { name, credentials in
            """
            [\(name)]
            aws_access_key_id = \(credentials.accessKeyID)
            aws_secret_access_key = \(credentials.secretAccessKey)
            aws_account_id = \(credentials.account)

            """
        }.joined(separator: "\n")
        try DurableFile.write(text, to: path, permissions: 0o600)
    }

    private static func newCredentials(of account: AccountID, _ random: some RandomSource) -> RootCredentials {
        RootCredentials(
            account: account, accessKeyID: AccessKeyText.id("AKIA", random),
            secretAccessKey: AccessKeyText.secret(random))
    }

    /// Twelve digits, the first of them not zero.
    private static func newAccount(_ random: some RandomSource) -> AccountID {
        let digits = String(100_000_000_000 + random.next() % 900_000_000_000)
        return AccountID(digits) ?? newAccount(random)
    }
}

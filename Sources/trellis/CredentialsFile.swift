import Foundation
import TrellisAPI
import TrellisModel

/// `<data-dir>/credentials`: the account of a data directory and its root user's access key.
///
/// The file has the form of an AWS shared credentials file, so that it can also be used as
/// `AWS_SHARED_CREDENTIALS_FILE`. Only its owner may read it.
struct CredentialsFile: Sendable {
    var account: AccountID
    var accessKeyID: String
    var secretAccessKey: String

    var rootKey: AccessKey { .root(id: accessKeyID, secret: secretAccessKey, account: account) }

    static func path(inDataDirectory dataDirectory: String) -> String { "\(dataDirectory)/credentials" }

    /// Reads the file, or makes it for a fresh data directory.
    ///
    /// - Parameter account: The account that the configuration asks for, if any.
    /// - Throws: ``CommandFailure`` if the file is damaged or belongs to another account.
    static func loadOrCreate(
        inDataDirectory dataDirectory: String, account: AccountID?, random: some RandomSource
    ) throws -> CredentialsFile {
        let path = path(inDataDirectory: dataDirectory)
        guard let known = try load(from: path) else {
            let made = CredentialsFile(
                account: account ?? newAccount(random), accessKeyID: newAccessKeyID(random),
                secretAccessKey: newSecret(random))
            try made.write(to: path)
            return made
        }
        if let account, account != known.account {
            throw CommandFailure(
                .badConfiguration,
                "this data directory belongs to account \(known.account), not \(account): "
                    + "leave --account out, or use another --data-dir")
        }
        return known
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
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard let account = values["aws_account_id"].flatMap(AccountID.init),
            let id = values["aws_access_key_id"], let secret = values["aws_secret_access_key"]
        else {
            throw CommandFailure(
                .badInput, "\(path) is damaged: it needs aws_account_id, aws_access_key_id and aws_secret_access_key")
        }
        return CredentialsFile(account: account, accessKeyID: id, secretAccessKey: secret)
    }

    private func write(to path: String) throws {
        let text = """
            [default]
            aws_access_key_id = \(accessKeyID)
            aws_secret_access_key = \(secretAccessKey)
            aws_account_id = \(account)

            """
        try DurableFile.write(text, to: path, permissions: 0o600)
    }

    /// Twelve digits, the first of them not zero.
    private static func newAccount(_ random: some RandomSource) -> AccountID {
        let digits = String(100_000_000_000 + random.next() % 900_000_000_000)
        return AccountID(digits) ?? newAccount(random)
    }

    /// `AKIA` and sixteen characters of `A-Z2-7`.
    private static func newAccessKeyID(_ random: some RandomSource) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        return "AKIA" + String((0..<16).map { _ in alphabet[Int(random.next() % 32)] })
    }

    /// Forty characters of the base64 alphabet.
    private static func newSecret(_ random: some RandomSource) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        return String((0..<40).map { _ in alphabet[Int(random.next() % 64)] })
    }
}

import Foundation
import Testing
import TrellisModel

@testable import trellis

@Suite struct FilesTests {
    static func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory.path)
    }

    @Test func aFreshDirectoryGetsAnAccountAndKeepsIt() throws {
        try Self.withDirectory { directory in
            let made = try CredentialsFile.loadOrCreate(
                inDataDirectory: directory, account: nil, random: SystemRandomSource())
            let again = try CredentialsFile.loadOrCreate(
                inDataDirectory: directory, account: made.account, random: SystemRandomSource())
            #expect(made.accessKeyID == again.accessKeyID && made.secretAccessKey == again.secretAccessKey)
            #expect(made.accessKeyID.count == 20 && made.accessKeyID.hasPrefix("AKIA"))
            #expect(made.secretAccessKey.count == 40)
            let attributes = try FileManager.default.attributesOfItem(
                atPath: CredentialsFile.path(inDataDirectory: directory))
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func anotherAccountIsRefused() throws {
        try Self.withDirectory { directory in
            let account = try #require(AccountID("123456789012"))
            _ = try CredentialsFile.loadOrCreate(
                inDataDirectory: directory, account: account, random: SystemRandomSource())
            #expect(throws: CommandFailure.self) {
                try CredentialsFile.loadOrCreate(
                    inDataDirectory: directory, account: AccountID("210987654321"), random: SystemRandomSource())
            }
        }
    }

    @Test(arguments: ["", "[default]\naws_access_key_id = x\n", "aws_account_id = 1"])
    func aDamagedFileIsReported(text: String) throws {
        try Self.withDirectory { directory in
            let path = CredentialsFile.path(inDataDirectory: directory)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(throws: CommandFailure.self) { try CredentialsFile.load(from: path) }
        }
    }

    @Test func endpointsOfAServerThatIsGoneAreNotHandedOut() throws {
        try Self.withDirectory { directory in
            #expect(throws: CommandFailure.self) { try EndpointsFile.ofRunningServer(inDataDirectory: directory) }
            var endpoints = EndpointsFile(
                pid: ProcessInfo.processInfo.processIdentifier, api: "http://127.0.0.1:1",
                operator: "http://127.0.0.1:2",
                region: "us-east-1", account: "123456789012", portOffset: 8000)
            try endpoints.write(inDataDirectory: directory)
            #expect(try EndpointsFile.ofRunningServer(inDataDirectory: directory).api == "http://127.0.0.1:1")
            endpoints.pid = 2_147_483_000
            try endpoints.write(inDataDirectory: directory)
            #expect(throws: CommandFailure.self) { try EndpointsFile.ofRunningServer(inDataDirectory: directory) }
        }
    }
}

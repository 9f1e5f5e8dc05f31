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
                inDataDirectory: directory, account: made.home.account, random: SystemRandomSource())
            #expect(made == again && made.others.isEmpty)
            #expect(made.home.accessKeyID.count == 20 && made.home.accessKeyID.hasPrefix("AKIA"))
            #expect(made.home.secretAccessKey.count == 40)
            let attributes = try FileManager.default.attributesOfItem(
                atPath: CredentialsFile.path(inDataDirectory: directory))
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func furtherAccountsGetKeysOfTheirOwnAndKeepThem() throws {
        try Self.withDirectory { directory in
            func load(_ others: String...) throws -> CredentialsFile {
                try CredentialsFile.loadOrCreate(
                    inDataDirectory: directory, account: AccountID("123456789012"),
                    others: others.compactMap { AccountID($0) }, random: SystemRandomSource())
            }
            let alone = try load()
            let two = try load("444455556666", "123456789012")
            #expect(two.home == alone.home)
            #expect(two.others.map(\.account.rawValue) == ["444455556666"])
            let three = try load("777788889999", "444455556666")
            #expect(three.others.map(\.account.rawValue) == ["444455556666", "777788889999"])
            #expect(three.others.first == two.others.first)
            #expect(Set(([three.home] + three.others).map(\.secretAccessKey)).count == 3)
            #expect(try load() == three)
            #expect(three.credentials(of: three.others[1].account) == three.others[1])
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

    @Test(arguments: [
        "", "[default]\naws_access_key_id = x\n", "aws_account_id = 1",
        "aws_access_key_id = a\naws_secret_access_key = b\naws_account_id = 123456789012\n",
        """
        [default]
        aws_access_key_id = a
        aws_secret_access_key = b
        aws_account_id = 123456789012
        [444455556666]
        aws_access_key_id = c
        """,
    ])
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

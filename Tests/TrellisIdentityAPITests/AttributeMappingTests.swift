import Testing
import TrellisModel

@testable import TrellisIdentityAPI

@Suite struct AttributeMappingTests {
    private typealias Field = AttributeMappings.Field

    static let parts: [(AttributeMappings.Field, String)] = [
        (.subject, "CN"), (.subject, "OU"), (.issuer, "CN"), (.alternativeNames, "DNS"), (.alternativeNames, "URI"),
        (.alternativeNames, "Name/CN"),
    ]

    private func taken(_ mappings: AttributeMappings) -> [String] {
        Self.parts.filter { mappings.takes($0.1, of: $0.0) }.map { "\($0.0.rawValue)/\($0.1)" }
    }

    @Test func everythingIsTakenAtFirst() { #expect(taken(.standard).count == Self.parts.count) }

    @Test func aFieldTakesWhatWasPutLast() throws {
        var mappings = AttributeMappings.standard
        try mappings.put(["CN", "CN"], for: .subject)
        #expect(mappings.specifiers[.subject] == ["CN"])
        #expect(
            taken(mappings) == [
                "x509Subject/CN", "x509Issuer/CN", "x509SAN/DNS", "x509SAN/URI", "x509SAN/Name/CN",
            ])
        try mappings.put(["*"], for: .subject)
        #expect(taken(mappings).count == Self.parts.count)
        try mappings.put(["Name/CN"], for: .alternativeNames)
        #expect(taken(mappings).suffix(1) == ["x509SAN/Name/CN"])
        try mappings.put(["Name/OU", "DNS"], for: .alternativeNames)
        #expect(taken(mappings).suffix(1) == ["x509SAN/DNS"])
    }

    @Test func rulesAreDeletedOneByOneOrAllOfAField() throws {
        var mappings = AttributeMappings.standard
        try mappings.delete(["DNS", "Name/*"], of: .alternativeNames)
        #expect(taken(mappings).suffix(1) == ["x509SAN/URI"])
        try mappings.delete([], of: .subject)
        #expect(taken(mappings) == ["x509Issuer/CN", "x509SAN/URI"])
        #expect(throws: RolesAnywhereError.self) { try mappings.delete(["DNS"], of: .alternativeNames) }
        try mappings.delete([], of: .subject)
        try mappings.delete(["URI"], of: .alternativeNames)
        #expect(mappings.specifiers[.alternativeNames] == nil)
    }

    @Test(arguments: [
        ([], AttributeMappings.Field.subject), (["DNS"], .subject), (["Name/CN"], .issuer), (["cn"], .subject),
        ([""], .subject), (["*"], .alternativeNames), (["CN"], .alternativeNames), (["Name/"], .alternativeNames),
        (["Name/X"], .alternativeNames), ([String(repeating: "N", count: 61)], .issuer),
    ])
    func whatNoCertificateHasIsRefused(specifiers: [String], field: AttributeMappings.Field) {
        var mappings = AttributeMappings.standard
        #expect(throws: RolesAnywhereError.self) { try mappings.put(specifiers, for: field) }
        #expect(mappings == .standard)
    }

    @Test func aProfileKeepsThem() throws {
        let scope = Scope(
            account: try #require(AccountID("123456789012")), region: try #require(Region("us-east-1")))
        var profile = RolesAnywhereProfileRecord(
            scope: scope, id: "p", name: "p", roleARNs: [], durationSeconds: 900, isEnabled: true, createdBy: "",
            tags: [], createdAt: Timestamp(millisecondsSinceEpoch: 0))
        #expect(AttributeMappings(of: profile) == .standard)
        var mappings = AttributeMappings.standard
        try mappings.delete([], of: .issuer)
        try mappings.put(["OU"], for: .subject)
        profile.attributeMappings = mappings.stored
        #expect(AttributeMappings(of: profile) == mappings)
        for field in Field.allCases { try mappings.delete([], of: field) }
        profile.attributeMappings = mappings.stored
        #expect(taken(AttributeMappings(of: profile)) == [], "no rule is not the standard rules")
    }

    @Test func aSubjectRemembersTheLastTenCertificates() throws {
        let scope = Scope(
            account: try #require(AccountID("123456789012")), region: try #require(Region("us-east-1")))
        func time(_ number: Int) -> Timestamp { Timestamp(millisecondsSinceEpoch: Int64(number) * 1000) }
        var subject = CertificateSubjectRecord(scope: scope, id: "s", name: "CN=x", createdAt: time(0))
        for number in 1...12 {
            subject.note(
                .init(
                    serialNumber: "\(number)", issuer: "CN=ca", certificate: "", seenAt: time(number), hasFailed: false),
                ["n": "\(number)"], at: time(number))
        }
        #expect(subject.credentials.map(\.serialNumber) == (3...12).reversed().map { "\($0)" })
        #expect(subject.instanceProperties.map(\.properties) == (3...12).reversed().map { ["n": "\($0)"] })
        subject.note(
            .init(serialNumber: "5", issuer: "CN=ca", certificate: "", seenAt: time(13), hasFailed: true), [:],
            at: time(13))
        #expect(subject.credentials.count == 10)
        #expect(subject.credentials.first?.hasFailed == true)
        #expect(subject.credentials.count { $0.serialNumber == "5" } == 1)
        #expect(subject.instanceProperties.first?.properties == ["n": "12"])
        #expect(subject.lastSeenAt == time(13))
    }
}

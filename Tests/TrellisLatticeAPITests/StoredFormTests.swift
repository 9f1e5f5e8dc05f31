import Testing
import TrellisModel
import TrellisStore

@testable import TrellisLatticeAPI

/// Records that an earlier version wrote are still read.
@Suite struct StoredFormTests {
    private static let common =
        #""createdAt":1700000000000,"scope":{"account":"111122223333","region":"us-west-2"},"tags":{}"#

    private func read<Record: StoredRecord>(_ type: Record.Type, _ members: String) throws -> Record {
        let text = #"{"schemaVersion":1,"record":{\#(members)}}"#
        return try StoredRecordCoding.decode(type, from: Array(text.utf8), at: StoreKey(path: "/test"))
    }

    @Test func targetGroupWithoutAConfig() throws {
        let group = try read(
            TargetGroupRecord.self,
            #""id":"tg-0123456789abcdef0","name":"group","type":"LAMBDA","eventStructureVersion":"V2","#
                + #""status":"ACTIVE","lastUpdatedAt":1700000000000,\#(Self.common)"#)
        #expect(group.eventStructureVersion == .v2)
        #expect(group.config == nil)
    }

    @Test func targetWithoutAPort() throws {
        let target = try read(
            TargetRecord.self,
            #""id":"arn:aws:lambda:us-west-2:111122223333:function:f","targetGroup":"tg-0123456789abcdef0","#
                + #""registeredAt":1700000000000,"isDraining":false,\#(Self.common)"#)
        #expect(target.port == nil)
        #expect(target.key.path.hasSuffix("@0"))
    }

    @Test func vpcAssociationWithoutPrivateDNS() throws {
        let association = try read(
            VpcAssociationRecord.self,
            #""id":"snva-0123456789abcdef0","createdBy":"111122223333","serviceNetwork":"sn-0123456789abcdef0","#
                + #""vpc":"vpc-01234567","securityGroups":[],"status":"ACTIVE","#
                + #""lastUpdatedAt":1700000000000,\#(Self.common)"#)
        #expect(association.privateDNS == nil)
    }
}

import SwiftASN1
import TrellisAPI
import TrellisModel
import TrellisStore
import X509

/// Who has asked for sessions with a trusted certificate.
extension RolesAnywhereService {
    var subjectOperations: [APIOperation] {
        [
            APIOperation("ListSubjects", "GET", "/subjects") { call in
                let page = try await page(of: CertificateSubjectRecord.self, call)
                return .json(
                    .object(omittingNil: [
                        "subjects": .array(page.items.map { .object($0.summary) }),
                        "nextToken": .optional(page.nextToken),
                    ]))
            },
            APIOperation("GetSubject", "GET", "/subject/{id}") { call in
                let subject = try await get(CertificateSubjectRecord.self, call)
                return .json(.object(["subject": .object(subject.details)]))
            },
        ]
    }

    /// Keeps that a trusted certificate was used; of one certificate, and of the same properties, the last time.
    func note(
        _ device: DeviceCertificate, _ properties: [String: String], hasFailed: Bool, in scope: Scope, at now: Timestamp
    ) async throws {
        let credential = CertificateSubjectRecord.Credential(
            serialNumber: device.serialHexadecimal, issuer: device.leaf.issuer.description,
            certificate: try device.leaf.serializeAsPEM().pemString, seenAt: now, hasFailed: hasFailed)
        let key = StoreKey(scope, .certificateSubject, device.subjectID)
        try await store.transaction { session in
            var subject =
                try await session.get(CertificateSubjectRecord.self, at: key)
                ?? CertificateSubjectRecord(
                    scope: scope, id: device.subjectID, name: device.leaf.subject.description, createdAt: now)
            subject.note(credential, properties, at: now)
            try session.put(subject, at: key)
        }
    }
}

extension CertificateSubjectRecord: TaggedRolesAnywhereRecord {
    static let arnKind = "subject"
    static let kindName = "Subject"

    var summary: [String: JSONValue] {
        [
            "subjectId": .string(id), "subjectArn": .string(arn), "x509Subject": .string(name),
            // There is no operation that disables one.
            "enabled": true, "createdAt": .string(createdAt.iso8601Seconds),
            "updatedAt": .string(lastSeenAt.iso8601Seconds), "lastSeenAt": .string(lastSeenAt.iso8601Seconds),
        ]
    }

    var details: [String: JSONValue] {
        var members = summary
        members["credentials"] = .array(
            credentials.map { credential in
                .object([
                    "serialNumber": .string(credential.serialNumber), "issuer": .string(credential.issuer),
                    "x509CertificateData": .string(credential.certificate), "enabled": true,
                    "seenAt": .string(credential.seenAt.iso8601Seconds), "failed": .boolean(credential.hasFailed),
                ])
            })
        members["instanceProperties"] = .array(
            instanceProperties.map { seen in
                .object([
                    "properties": .object(seen.properties.mapValues(JSONValue.string)),
                    "seenAt": .string(seen.seenAt.iso8601Seconds), "failed": .boolean(seen.hasFailed),
                ])
            })
        return members
    }
}

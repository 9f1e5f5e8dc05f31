import TrellisModel
import TrellisSignature

extension RoleRecord {
    /// The role as CreateRole and GetRole show it.
    var element: XMLElement { XMLElement("Role", members + boundaryElements + IAMTags.elements(tags)) }

    /// The role as lists show it: without tags.
    var listed: XMLElement { XMLElement("member", members) }

    private var members: [XMLElement] {
        var members = [
            XMLElement("Path", path), XMLElement("RoleName", name), XMLElement("RoleId", id), XMLElement("Arn", arn),
            XMLElement("CreateDate", createdAt.iso8601Seconds),
            XMLElement("AssumeRolePolicyDocument", PercentEncoding.encoded(trustPolicy)),
        ]
        if let description { members.append(XMLElement("Description", description)) }
        members.append(XMLElement("MaxSessionDuration", String(maximumSessionSeconds)))
        return members
    }
}

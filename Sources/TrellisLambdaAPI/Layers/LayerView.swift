import TrellisAPI
import TrellisModel

/// A layer version in an answer.
struct LayerView {
    var record: LayerVersionRecord

    /// The members of an entry in a list.
    private var listedMembers: [String: JSONValue?] {
        [
            "LayerVersionArn": .string(record.arn.description),
            "Version": .integer(Int64(record.version)),
            "Description": .string(record.description),
            "CreatedDate": .string(record.createdAt.lambdaLastModified),
            "CompatibleRuntimes": record.compatibleRuntimes.map { .array($0.map(JSONValue.string)) },
            "CompatibleArchitectures": record.compatibleArchitectures.map { .array($0.map(JSONValue.string)) },
            "LicenseInfo": .optional(record.licenseInfo),
        ]
    }

    var listed: JSONValue { .object(omittingNil: listedMembers) }

    /// - Parameter location: Where the zip can be read.
    func json(location: String?) -> JSONValue {
        var members = listedMembers
        members["LayerArn"] = .string(record.arn.layer.description)
        members["Content"] = .object(omittingNil: [
            "Location": .optional(location),
            "CodeSha256": .string(FunctionView.base64(ofHexadecimal: record.codeSHA256)),
            "CodeSize": .integer(Int64(record.codeSize)),
        ])
        return .object(omittingNil: members)
    }
}

extension LambdaService {
    func answer(_ record: LayerVersionRecord, status: Int = 200) -> APIResponse {
        .json(LayerView(record: record).json(location: configuration.packageURL?(record.codeSHA256)), status: status)
    }
}

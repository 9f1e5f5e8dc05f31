import TrellisAPI
import TrellisModel

extension AttributeMappings {
    /// As profiles show them: `[{"certificateField": "x509Subject", "mappingRules": [{"specifier": "CN"}]}]`.
    var json: JSONValue {
        .array(
            Field.allCases.compactMap { field in
                specifiers[field].map { specifiers in
                    .object([
                        "certificateField": .string(field.rawValue),
                        "mappingRules": .array(specifiers.map { .object(["specifier": .string($0)]) }),
                    ])
                }
            })
    }
}

extension RolesAnywhereService {
    var mappingOperations: [APIOperation] {
        [
            APIOperation("PutAttributeMapping", "PUT", "/profiles/{id}/mappings") { call in
                let input = try Self.input(call)
                let field = try Self.field(input["certificateField"]?.text)
                guard case .array(let rules)? = input["mappingRules"] else {
                    throw RolesAnywhereError.validation("mappingRules is required")
                }
                let specifiers = try rules.map { rule in
                    guard let specifier = rule["specifier"]?.text else {
                        throw RolesAnywhereError.validation("specifier is required")
                    }
                    return specifier
                }
                return try await changeMappings(call) { try $0.put(specifiers, for: field) }
            },
            APIOperation("DeleteAttributeMapping", "DELETE", "/profiles/{id}/mappings") { call in
                let field = try Self.field(call.query["certificateField"])
                return try await changeMappings(call) { try $0.delete(call.query.values("specifiers"), of: field) }
            },
        ]
    }

    private static func field(_ name: String?) throws -> AttributeMappings.Field {
        guard let field = name.flatMap(AttributeMappings.Field.init) else {
            throw RolesAnywhereError.validation(
                "certificateField must be one of x509Subject, x509Issuer and x509SAN")
        }
        return field
    }

    private func changeMappings(
        _ call: APICall, _ change: (inout AttributeMappings) throws -> Void
    ) async throws -> APIResponse {
        let profile = try await self.change(RolesAnywhereProfileRecord.self, call) { profile in
            var mappings = AttributeMappings(of: profile)
            try change(&mappings)
            profile.attributeMappings = mappings.stored
        }
        return .json(profile.json)
    }
}

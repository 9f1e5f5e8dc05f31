extension PolicyParser {
    func conditions(
        _ node: PolicyNode, version: PolicyDocument.Version
    ) throws(PolicyDocumentError) -> [PolicyCondition] {
        var conditions: [PolicyCondition] = []
        for (name, block) in try node.entries {
            guard let test = ConditionTest(name) else { throw block.error("Invalid Condition type : \(name).") }
            for (key, values) in try block.entries {
                conditions.append(try condition(test, key, values, version: version))
            }
        }
        return conditions
    }

    private func condition(
        _ test: ConditionTest, _ key: String, _ node: PolicyNode, version: PolicyDocument.Version
    ) throws(PolicyDocumentError) -> PolicyCondition {
        // Every key has the prefix of a service or `aws`.
        guard let colon = key.firstIndex(of: ":"), colon != key.startIndex, key.index(after: colon) != key.endIndex
        else {
            throw node.error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        }
        var values: [String] = []
        for item in node.list {
            let value = try item.scalar
            do {
                _ = try ConditionValue(value, for: test.comparison, version: version)
            } catch {
                throw item.error(error.message)
            }
            values.append(value)
        }
        return PolicyCondition(test: test, key: key, values: values)
    }
}

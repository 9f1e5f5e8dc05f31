import TrellisAPI
import TrellisModel
import TrellisPolicy

extension InputReader {
    func policyResourceLabel() -> String {
        label("resourceIdentifier", as: LatticeShapes.policyResourceIdentifier)
    }

    func policyResourceARNLabel() -> String { label("resourceArn", as: LatticeShapes.policyResourceARN) }
}

extension PolicyGrammar {
    /// - Throws: ValidationException that says what is wrong with the document, and where.
    func requireValid(_ policy: String) throws {
        do {
            _ = try PolicyParser(self).parse(policy)
        } catch {
            throw LatticeError.invalid("policy", error.description)
        }
    }
}

import TrellisModel

/// What VPC Lattice offers and this Trellis refuses, so that nobody takes it for granted.
extension AuthType {
    /// - Throws: ValidationException for `AWS_IAM`: without a policy it would have to deny every request.
    func requireServed() throws {
        guard self == .none else {
            throw LatticeError.notServed(
                "authType", "This Trellis does not support auth policies yet: authType must be NONE, not \(rawValue)")
        }
    }
}

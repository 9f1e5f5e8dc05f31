/// Where and when a signature is valid: `20150830/us-east-1/service/aws4_request`.
package struct CredentialScope: Hashable, Sendable {
    /// `YYYYMMDD`.
    package var date: String
    package var region: String
    package var service: String
    package var terminator: String

    /// The only terminator AWS has.
    package static let validTerminator = "aws4_request"

    package init(date: String, region: String, service: String, terminator: String = validTerminator) {
        self.date = date
        self.region = region
        self.service = service
        self.terminator = terminator
    }

    package var text: String { "\(date)/\(region)/\(service)/\(terminator)" }
}

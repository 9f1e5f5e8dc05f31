import SwiftASN1
import X509

/// The certificates of a trust anchor in PEM, one after the other.
enum CertificateBundle {
    /// - Throws: ValidationException if there is no certificate, or something else.
    static func certificates(in text: String) throws -> [Certificate] {
        guard let documents = try? PEMDocument.parseMultiple(pemString: text), !documents.isEmpty,
            let certificates = try? documents.map({ try Certificate(pemDocument: $0) })
        else { throw RolesAnywhereError.validation("Unable to parse x509CertificateData") }
        return certificates
    }
}

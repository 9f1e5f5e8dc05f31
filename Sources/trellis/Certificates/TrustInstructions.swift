import Foundation

/// How clients are made to trust the local authority.
enum TrustInstructions {
    /// - Parameter certificate: The path of the authority's certificate.
    static func text(certificate: String) -> String {
        let path = URL(fileURLWithPath: certificate).path.shellQuoted
        return """
            The local authority's certificate is \(path).
            It may issue names under on.aws and localhost only. For one client or one shell, nothing needs installing:

              curl        curl --cacert \(path) https://<service name>.localhost:8443/
                          or: export CURL_CA_BUNDLE=\(path)
              Python      export SSL_CERT_FILE=\(path)         (ssl, httpx, urllib)
                          export REQUESTS_CA_BUNDLE=\(path)    (requests)
              boto3, AWS CLI
                          export AWS_CA_BUNDLE=\(path)         (only if they call your services; the API itself is HTTP)
              Node.js     export NODE_EXTRA_CA_CERTS=\(path)
              Java        keytool -importcert -noprompt -alias trellis -file \(path) \\
                              -keystore trellis.p12 -storetype PKCS12 -storepass changeit
                          java -Djavax.net.ssl.trustStore=trellis.p12 -Djavax.net.ssl.trustStorePassword=changeit …
              Go          export SSL_CERT_FILE=\(path)

            SSL_CERT_FILE, CURL_CA_BUNDLE, REQUESTS_CA_BUNDLE and AWS_CA_BUNDLE replace the system's authorities: unset
            them to reach public servers again.

            For the whole machine:

              Debian, Ubuntu
                          sudo cp \(path) /usr/local/share/ca-certificates/trellis.crt
                          sudo update-ca-certificates
                          undo: sudo rm /usr/local/share/ca-certificates/trellis.crt
                                sudo update-ca-certificates --fresh
              macOS       sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain \(path)
                          undo: sudo security remove-trusted-cert -d \(path)
              Firefox     Settings, Privacy & Security, View Certificates, Authorities, Import: the file above, "Trust this
                          CA to identify websites"
              Chrome, Edge on Linux
                          certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n trellis -i \(path)
                          undo: certutil -d sql:$HOME/.pki/nssdb -D -n trellis

            Who has \(path.replacingOccurrences(of: "certificate.pem", with: "key.pem")) can pretend to be any of these names to whoever trusts the
            certificate: keep it to this machine, and undo the trust when you are done.

            """
    }
}

extension String {
    /// The text as one word of a shell.
    fileprivate var shellQuoted: String {
        let isPlain = utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || [UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains($0)
        }
        return isPlain ? self : "'" + replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}

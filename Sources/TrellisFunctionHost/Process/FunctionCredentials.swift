/// Temporary credentials of a function's role, as its process gets them.
///
/// Neither a description nor a mirror shows the secrets.
package struct FunctionCredentials: Sendable, CustomStringConvertible, CustomReflectable {
    package var accessKeyID: String
    package var secretAccessKey: String
    package var sessionToken: String

    package init(accessKeyID: String, secretAccessKey: String, sessionToken: String) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    package var description: String { accessKeyID }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// - Source: reference lambda.md §2.1.
    var variables: [String: String] {
        [
            "AWS_ACCESS_KEY_ID": accessKeyID, "AWS_SECRET_ACCESS_KEY": secretAccessKey,
            "AWS_SESSION_TOKEN": sessionToken,
        ]
    }
}

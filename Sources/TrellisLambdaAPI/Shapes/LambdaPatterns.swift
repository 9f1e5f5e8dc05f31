import TrellisAPI
import TrellisModel

/// The patterns of Lambda's shapes: the model's text for errors, and the code that decides.
///
/// Where a pattern holds a Region, the caller's own is let through too, whatever its form.
///
/// - Source: the lambda service model; reference lambda.md §5.
enum LambdaPatterns {
    private static let namePrefix =
        #"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"#

    static func functionName(_ form: FunctionIdentifier.Form, ownRegion: Region) -> TextPattern {
        let text =
            switch form {
            case .function: namePrefix + #"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"#
            case .unqualified: namePrefix + "([a-zA-Z0-9-_]+)"
            case .namespaced: namePrefix + #"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"#
            }
        return TextPattern(text) { FunctionIdentifier($0, form: form, ownRegion: ownRegion) != nil }
    }

    static let qualifier = TextPattern(#"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"#) { text in
        text == "$LATEST.PUBLISHED"
            || ASCIIText.isAll(text) { ASCIIText.isName($0) || $0 == UInt8(ascii: "$") }
    }

    /// The qualifier where the model has an older shape.
    static let plainQualifier = TextPattern("(|[a-zA-Z0-9$_-]+)") { text in
        text.utf8.allSatisfy { ASCIIText.isName($0) || $0 == UInt8(ascii: "$") }
    }

    static let version = TextPattern(#"(\$LATEST(\.PUBLISHED)?|[0-9]+)"#) { text in
        text == "$LATEST" || text == "$LATEST.PUBLISHED" || ASCIIText.isAll(text, ASCIIText.isDigit)
    }

    static let alias = TextPattern("(?!^[0-9]+$)([a-zA-Z0-9-_]+)") { text in
        ASCIIText.isAll(text, ASCIIText.isName) && !text.utf8.allSatisfy(ASCIIText.isDigit)
    }

    static let role = TextPattern(#"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"#) { text in
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].isEmpty || ASCIIText.isPartition(parts[1]),
            parts[2] == "iam", parts[3].isEmpty, ASCIIText.isAccount(parts[4]), parts[5].hasPrefix("role")
        else { return false }
        return ASCIIText.isAll(parts[5].dropFirst(4)) { ASCIIText.isName($0) || "+=,.@/".utf8.contains($0) }
    }

    /// A handler is handed to a process, so that a NUL is refused as white space is.
    static let handler = TextPattern(#"[^\s]+"#) { text in
        !text.isEmpty && !text.unicodeScalars.contains { $0.properties.isWhitespace || $0 == "\0" }
    }

    static let statementID = TextPattern("([a-zA-Z0-9-_]+)") { ASCIIText.isAll($0, ASCIIText.isName) }

    static let namespacedStatementID = TextPattern("([a-zA-Z0-9-_.]+)") { text in
        ASCIIText.isAll(text) { ASCIIText.isName($0) || $0 == UInt8(ascii: ".") }
    }

    static let action = TextPattern("(lambda:[*]|lambda:[a-zA-Z]+|[*])") { text in
        if text == "*" || text == "lambda:*" { return true }
        return text.hasPrefix("lambda:") && ASCIIText.isAll(text.dropFirst(7), ASCIIText.isLetter)
    }

    static let principal = TextPattern(#"[^\s]+"#) { text in
        !text.isEmpty && !text.unicodeScalars.contains { $0.properties.isWhitespace }
    }

    /// A layer's name or ARN.
    static let layerName = TextPattern(
        #"(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+"#
    ) { text in
        ASCIIText.isAll(text, ASCIIText.isName) || isLayerARN(text, partsAfterName: 0)
    }

    static let ownLayerVersion = TextPattern(
        #"arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+"#
    ) { text in
        isLayerARN(text, partsAfterName: 1)
    }

    /// Layers of AWS itself, which have no account, match too.
    static let layerVersion = TextPattern(
        #"(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)"#
            + "|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)"
    ) { text in
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let isOfAWS =
            parts.count == 7 && parts[0] == "arn" && isPlain(parts[1]) && parts[2] == "lambda" && parts[3].isEmpty
            && parts[4].isEmpty && parts[5] == "awslayer" && ASCIIText.isAll(parts[6], ASCIIText.isName)
        return isOfAWS || isLayerARN(text, partsAfterName: 1)
    }

    private static func isLayerARN(_ text: String, partsAfterName: Int) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 7 + partsAfterName, parts[0] == "arn", isPlain(parts[1]), parts[2] == "lambda",
            isPlain(parts[3]), ASCIIText.isAccount(parts[4]), parts[5] == "layer",
            ASCIIText.isAll(parts[6], ASCIIText.isName)
        else { return false }
        return parts.dropFirst(7).allSatisfy { ASCIIText.isAll($0, ASCIIText.isDigit) }
    }

    /// The class `[a-zA-Z0-9-]`.
    private static func isPlain(_ text: Substring) -> Bool {
        ASCIIText.isAll(text) { ASCIIText.isName($0) && $0 != UInt8(ascii: "_") }
    }

    static let functionUrlQualifier = TextPattern(#"((?!^\d+$)^[0-9a-zA-Z-_]+$)"#) { alias.matches($0) }

    static func codeSigningConfig(ownRegion: Region) -> TextPattern {
        let text =
            #"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:\d{12}:"#
            + "code-signing-config:csc-[a-z0-9]{17}"
        return TextPattern(text) { text in
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 7, parts[0] == "arn", parts[1].isEmpty || ASCIIText.isPartition(parts[1]),
                parts[2] == "lambda", ASCIIText.isRegion(parts[3]) || parts[3] == ownRegion.rawValue,
                ASCIIText.isAccount(parts[4]), parts[5] == "code-signing-config"
            else { return false }
            let id = parts[6].dropFirst(4)
            return parts[6].hasPrefix("csc-") && id.utf8.count == 17
                && ASCIIText.isAll(id) { ASCIIText.isLowercase($0) || ASCIIText.isDigit($0) }
        }
    }

    static let layerAction = TextPattern("lambda:GetLayerVersion") { $0 == "lambda:GetLayerVersion" }

    static let layerPrincipal = TextPattern(#"\d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root"#) { text in
        if text == "*" || ASCIIText.isAccount(text) { return true }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 6 && parts[0] == "arn" && ASCIIText.isPartition(parts[1]) && parts[2] == "iam"
            && parts[3].isEmpty && ASCIIText.isAccount(parts[4]) && parts[5] == "root"
    }

    static let account = TextPattern(#"\d{12}"#) { ASCIIText.isAccount($0) }

    static let organization = TextPattern("o-[a-z0-9]{10,32}") { text in
        let id = text.dropFirst(2)
        return text.hasPrefix("o-") && (10...32).contains(id.utf8.count)
            && ASCIIText.isAll(id) { ASCIIText.isLowercase($0) || ASCIIText.isDigit($0) }
    }

    static let eventSourceToken = TextPattern(#"[a-zA-Z0-9._\-]+"#) { text in
        ASCIIText.isAll(text) { ASCIIText.isName($0) || $0 == UInt8(ascii: ".") }
    }

    static func runtimeVersion(ownRegion: Region) -> TextPattern {
        let text = #"arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}::runtime:.+"#
        return TextPattern(text) { text in
            let parts = text.split(separator: ":", maxSplits: 6, omittingEmptySubsequences: false)
            guard parts.count == 7, parts[0] == "arn", ASCIIText.isPartition(parts[1]), parts[2] == "lambda",
                ASCIIText.isRegion(parts[3]) || parts[3] == ownRegion.rawValue
            else { return false }
            return parts[4].isEmpty && parts[5] == "runtime" && !parts[6].isEmpty && !parts[6].contains("\n")
        }
    }

    static func sourceARN(ownRegion: Region) -> TextPattern {
        let text = #"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)"#
        return TextPattern(text) { isARN($0, ownRegion: ownRegion) }
    }

    static func destination(ownRegion: Region) -> TextPattern {
        let text =
            #"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:"#
            + #"([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"#
        return TextPattern(text) { text in
            text.isEmpty || isKafkaTopic(text) || isARN(text, ownRegion: ownRegion)
        }
    }

    private static func isKafkaTopic(_ text: String) -> Bool {
        guard text.hasPrefix("kafka://"), let first = text.dropFirst(8).first, first != "." else { return false }
        let rest = text.dropFirst(9)
        return rest.utf8.count <= 248
            && rest.utf8.allSatisfy { ASCIIText.isName($0) || $0 == UInt8(ascii: ".") }
    }

    private static func isARN(_ text: String, ownRegion: Region) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws") else { return false }
        let isPartition = ASCIIText.isAll(parts[1]) { ASCIIText.isName($0) && $0 != UInt8(ascii: "_") }
        let isService = ASCIIText.isAll(parts[2]) { ASCIIText.isName($0) && $0 != UInt8(ascii: "_") }
        let isRegion = parts[3].isEmpty || parts[3] == ownRegion.rawValue || ASCIIText.isRegion(parts[3])
        let isAccount = parts[4].isEmpty || ASCIIText.isAccount(parts[4])
        return isPartition && isService && isRegion && isAccount && !parts[5].contains("\n")
    }

    static func taggableResource(ownRegion: Region) -> TextPattern {
        let text =
            #"arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:"#
            + #"(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}"#
            + #"|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"#
            + #"|capacity-provider:[a-zA-Z0-9-_]+)"#
        return TextPattern(text) { TaggableResource($0, ownRegion: ownRegion) != nil }
    }
}

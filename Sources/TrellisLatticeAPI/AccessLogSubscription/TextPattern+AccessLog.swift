import TrellisAPI
import TrellisModel

extension TextPattern {
    /// An ARN of any service, in which the parts before the resource are lower-case words.
    static let accessLogDestinationARN = TextPattern(looseARNExpression + "([^/].*)?") { text in
        guard let resource = looseARNResource(of: text) else { return false }
        let scalars = resource.unicodeScalars
        return scalars.first != "/" && !scalars.dropFirst().contains("\n")
    }
}

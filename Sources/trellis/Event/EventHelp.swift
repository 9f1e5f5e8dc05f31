/// The help text of `trellis event`: examples, then the table of options.
enum EventHelp {
    static var text: String {
        let sections = EventOption.Section.allCases.map { section in
            "\(section.rawValue):\n"
                + EventOption.allCases.filter { $0.description.section == section }.map(line).joined()
        }
        return introduction + "\n\n" + sections.joined(separator: "\n") + "\n" + end
    }

    private static let introduction = """
        Takes curl's options for a request, or a whole HTTP message on standard input,
        and prints what a function behind a LAMBDA target group would receive. The
        request goes through the code of the data plane.

          trellis event https://orders.example/items?state=open
          trellis event /items -H 'content-type: application/json' -d '{"a":1}'
          trellis event /logo -H 'content-type: image/png' --data-binary @logo.png
          trellis event --v1 '/items?id=1&id=2' -H 'x-tag: a' -H 'x-tag: b' --explain
          trellis event --explain < request.http
          trellis event /items --identity \\
            principal=arn:aws:sts::123456789012:assumed-role/App/me,type=AWS_IAM
          trellis event /items --compact > event.json

        And the way back: what a client gets for a function's answer, or what is wrong
        with it and where.

          echo '{"statusCode": 200, "body": "hi"}' | trellis event --response
          trellis event --response answer.json -X HEAD
        """

    private static let end = """
        Events are of structure V2 by default. A target group that was made without
        lambdaEventStructureVersion sends V1, the API's default: then use --v1.

        The output is the same every time if --time and --request-id are given.

        Exit status: 0 done; 64 wrong usage; 65 a request that never becomes an event,
        or an answer that is no response; 69 a file cannot be read or the output cannot
        be written.
        """

    private static func line(_ option: EventOption) -> String {
        let description = option.description
        let short = description.short.map { "-\($0), " } ?? ""
        let names = short + description.long.map { "--" + $0 }.joined(separator: ", ")
        return "  \(names)\(description.value.map { " <\($0)>" } ?? "")\n" + wrapped(description.help)
    }

    /// Lines that fit into 80 columns and begin ten to the right; what has no blanks is not cut.
    private static func wrapped(_ text: String) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + word.count > 67 {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return (lines + [line]).map { "          \($0)\n" }.joined()
    }
}

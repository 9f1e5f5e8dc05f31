extension BadInput {
    // MARK: Actions and matches

    /// Each pair: an action and the fields that are wrong in it, below the name of the action.
    private static let actions: [(String, [String])] = [
        ("7", [""]), ("[]", [""]), ("{}", [""]), (#"{"redirect":{}}"#, [""]),
        (#"{"forward":{"targetGroups":[]},"fixedResponse":{"statusCode":404}}"#, [""]),
        (#"{"forward":7}"#, [".forward"]), (#"{"forward":{}}"#, [".forward.targetGroups"]),
        (#"{"forward":{"targetGroups":[]}}"#, [".forward.targetGroups"]),
        (#"{"forward":{"targetGroups":{}}}"#, [".forward.targetGroups"]),
        (#"{"forward":{"targetGroups":["{group}"]}}"#, [".forward.targetGroups[0]"]),
        (#"{"forward":{"targetGroups":[{}]}}"#, [".forward.targetGroups[0].targetGroupIdentifier"]),
        (
            #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"group"}]}}"#,
            [".forward.targetGroups[0].targetGroupIdentifier"]
        ),
        (
            #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"{group}","weight":-1}]}}"#,
            [".forward.targetGroups[0].weight"]
        ),
        (
            #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"{group}","weight":1000}]}}"#,
            [".forward.targetGroups[0].weight"]
        ),
        (
            #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"{group}","weight":"1"}]}}"#,
            [".forward.targetGroups[0].weight"]
        ),
        // Several groups need weights.
        (
            #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"{group}"},"#
                + #"{"targetGroupIdentifier":"tg-0123456789abcdef0","weight":1}]}}"#,
            [".forward.targetGroups[0].weight"]
        ),
        (
            #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"{group}","weight":1},"#
                + #"{"targetGroupIdentifier":"{group}","weight":2}]}}"#,
            [".forward.targetGroups[1].targetGroupIdentifier"]
        ),
        (
            #"{"forward":{"targetGroups":["#
                + Array(repeating: #"{"targetGroupIdentifier":"{group}","weight":1}"#, count: 11)
                .joined(separator: ",") + "]}}",
            [".forward.targetGroups"]
        ),
        (#"{"fixedResponse":{}}"#, [".fixedResponse.statusCode"]),
        (#"{"fixedResponse":{"statusCode":99}}"#, [".fixedResponse.statusCode"]),
        (#"{"fixedResponse":{"statusCode":200}}"#, [".fixedResponse.statusCode"]),
        (#"{"fixedResponse":{"statusCode":503}}"#, [".fixedResponse.statusCode"]),
        (#"{"fixedResponse":{"statusCode":600}}"#, [".fixedResponse.statusCode"]),
        (#"{"fixedResponse":{"statusCode":"404"}}"#, [".fixedResponse.statusCode"]),
        (#"{"fixedResponse":404}"#, [".fixedResponse"]),
    ]

    private static let headers = ".httpMatch.headerMatches"
    private static let matches: [(String, [String])] = [
        ("7", [""]), ("{}", [""]), (#"{"grpcMatch":{}}"#, [""]), (#"{"httpMatch":[]}"#, [".httpMatch"]),
        (#"{"httpMatch":{}}"#, [".httpMatch"]), (#"{"httpMatch":{"method":""}}"#, [".httpMatch"]),
        (#"{"httpMatch":{"queryMatch":{}}}"#, [".httpMatch"]),
        (#"{"httpMatch":{"method":"\#(long.prefix(17))"}}"#, [".httpMatch.method"]),
        (#"{"httpMatch":{"method":1}}"#, [".httpMatch.method"]),
        (#"{"httpMatch":{"pathMatch":"/a"}}"#, [".httpMatch.pathMatch"]),
        (#"{"httpMatch":{"pathMatch":{}}}"#, [".httpMatch.pathMatch.match"]),
        (#"{"httpMatch":{"pathMatch":{"match":{}}}}"#, [".httpMatch.pathMatch.match"]),
        (
            #"{"httpMatch":{"pathMatch":{"match":{"exact":"/a","prefix":"/a"}}}}"#, [".httpMatch.pathMatch.match"]
        ),
        (#"{"httpMatch":{"pathMatch":{"match":{"exact":"a"}}}}"#, [".httpMatch.pathMatch.match.exact"]),
        (#"{"httpMatch":{"pathMatch":{"match":{"exact":""}}}}"#, [".httpMatch.pathMatch.match.exact"]),
        (#"{"httpMatch":{"pathMatch":{"match":{"prefix":"/a b"}}}}"#, [".httpMatch.pathMatch.match.prefix"]),
        (#"{"httpMatch":{"pathMatch":{"match":{"prefix":"/*"}}}}"#, [".httpMatch.pathMatch.match.prefix"]),
        (
            #"{"httpMatch":{"pathMatch":{"match":{"prefix":"/\#(long.prefix(200))"}}}}"#,
            [".httpMatch.pathMatch.match.prefix"]
        ),
        (
            #"{"httpMatch":{"pathMatch":{"caseSensitive":1,"match":{"exact":"/a"}}}}"#,
            [".httpMatch.pathMatch.caseSensitive"]
        ),
        (#"{"httpMatch":{"headerMatches":[]}}"#, [headers]),
        (#"{"httpMatch":{"headerMatches":{}}}"#, [headers]),
        (
            #"{"httpMatch":{"headerMatches":["#
                + Array(repeating: #"{"name":"x","match":{"exact":"y"}}"#, count: 6).joined(separator: ",") + "]}}",
            [headers]
        ),
        (#"{"httpMatch":{"headerMatches":[7]}}"#, [headers + "[0]"]),
        (#"{"httpMatch":{"headerMatches":[{}]}}"#, [headers + "[0].name", headers + "[0].match"]),
        (#"{"httpMatch":{"headerMatches":[{"name":"","match":{"exact":"y"}}]}}"#, [headers + "[0].name"]),
        (
            #"{"httpMatch":{"headerMatches":[{"name":"\#(long.prefix(101))","match":{"exact":"y"}}]}}"#,
            [headers + "[0].name"]
        ),
        (#"{"httpMatch":{"headerMatches":[{"name":"x","match":{"exact":""}}]}}"#, [headers + "[0].match.exact"]),
        (
            #"{"httpMatch":{"headerMatches":[{"name":"x","match":{"contains":"\#(long.prefix(201))"}}]}}"#,
            [headers + "[0].match.contains"]
        ),
        (#"{"httpMatch":{"headerMatches":[{"name":"x","match":{"regex":"y"}}]}}"#, [headers + "[0].match"]),
        (
            #"{"httpMatch":{"headerMatches":[{"name":"x","match":{"prefix":"y"},"caseSensitive":"no"}]}}"#,
            [headers + "[0].caseSensitive"]
        ),
        (
            #"{"httpMatch":{"method":7,"pathMatch":{"match":{"exact":"a"}},"headerMatches":[{"name":"x"}]}}"#,
            [".httpMatch.method", ".httpMatch.pathMatch.match.exact", headers + "[0].match"]
        ),
    ]

    private static let listenersPath = "/services/{service}/listeners"
    private static let rulesPath = "/services/{service}/listeners/{listener}/rules"
    private static let action = #"{"fixedResponse":{"statusCode":404}}"#
    private static let match = #"{"httpMatch":{"method":"GET"}}"#

    static let listeners: [BadInput] =
        names(listenersPath, longest: 63, #","protocol":"HTTP","defaultAction":\#(action)"#, prefix: "listener-")
        + tokens(listenersPath, #""name":"new","protocol":"HTTP","defaultAction":\#(action)"#)
        + actions.flatMap { action, fields in
            let names = Set(fields.map { "defaultAction\($0)" })
            return [
                BadInput(
                    "POST", listenersPath, #"{"name":"new","protocol":"HTTP","port":81,"defaultAction":\#(action)}"#,
                    names: names),
                BadInput("PATCH", listenersPath + "/{listener}", #"{"defaultAction":\#(action)}"#, names: names),
            ]
        } + [
            BadInput("POST", listenersPath, "{}", names: ["name", "protocol", "defaultAction"]),
            BadInput(
                "POST", listenersPath, #"{"name":"new","protocol":"TCP","port":0,"defaultAction":\#(action)}"#,
                names: ["protocol", "port"]),
            BadInput(
                "POST", listenersPath, #"{"name":"new","protocol":"HTTP","port":65536,"defaultAction":\#(action)}"#,
                names: ["port"]),
            BadInput(
                "POST", listenersPath, #"{"name":"new","protocol":"HTTP","port":"80","defaultAction":\#(action)}"#,
                names: ["port"]),
            BadInput(
                "POST", "/services/x/listeners", #"{"name":"new","protocol":"HTTP","defaultAction":\#(action)}"#,
                names: ["serviceIdentifier"]),
            BadInput("GET", "/services/x/listeners/y", names: ["serviceIdentifier", "listenerIdentifier"]),
            BadInput("GET", "/services/x/listeners", names: ["serviceIdentifier"]),
            BadInput("DELETE", listenersPath + "/{rule}", names: ["listenerIdentifier"]),
            BadInput("PATCH", listenersPath + "/{listener}", "{}", names: ["defaultAction"]),
        ]

    static let rules: [BadInput] =
        names(rulesPath, longest: 63, #","priority":7,"match":\#(match),"action":\#(action)"#, prefix: "rule-")
        + tokens(rulesPath, #""name":"new","priority":7,"match":\#(match),"action":\#(action)"#)
        + actions.flatMap { action, fields in
            let names = Set(fields.map { "action\($0)" })
            return [
                BadInput(
                    "POST", rulesPath, #"{"name":"new","priority":7,"match":\#(match),"action":\#(action)}"#,
                    names: names),
                BadInput("PATCH", rulesPath + "/{rule}", #"{"action":\#(action)}"#, names: names),
            ]
        }
        + matches.flatMap { match, fields in
            let names = Set(fields.map { "match\($0)" })
            return [
                BadInput(
                    "POST", rulesPath, #"{"name":"new","priority":7,"match":\#(match),"action":\#(action)}"#,
                    names: names),
                BadInput("PATCH", rulesPath + "/{rule}", #"{"match":\#(match)}"#, names: names),
            ]
        }
        + ["0", "2001", "-1", "1.5", "\"7\"", "99999999999999999999", "true"].flatMap { priority in
            [
                BadInput(
                    "POST", rulesPath,
                    #"{"name":"new","priority":\#(priority),"match":\#(match),"action":\#(action)}"#,
                    names: ["priority"]),
                BadInput("PATCH", rulesPath + "/{rule}", #"{"priority":\#(priority)}"#, names: ["priority"]),
            ]
        } + [
            BadInput("POST", rulesPath, "{}", names: ["name", "priority", "match", "action"]),
            BadInput(
                "GET", "/services/x/listeners/y/rules/z",
                names: ["serviceIdentifier", "listenerIdentifier", "ruleIdentifier"]),
            BadInput("DELETE", rulesPath + "/default", names: ["ruleIdentifier"]),
            BadInput("GET", "/services/{service}/listeners/{group}/rules", names: ["listenerIdentifier"]),
        ]
}

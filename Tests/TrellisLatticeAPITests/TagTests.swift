import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

@Suite struct TagTests {
    private let example: ServedExample

    init() async throws {
        example = try await ServedExample()
    }

    static let tails = [
        "servicenetwork/{network}", "service/{service}", "service/{service}/listener/{listener}",
        "service/{service}/listener/{listener}/rule/{rule}", "targetgroup/{group}",
        "servicenetworkserviceassociation/{serviceAssociation}", "servicenetworkvpcassociation/{vpcAssociation}",
        "accesslogsubscription/{accessLog}",
        "resourcegateway/{gateway}", "resourceconfiguration/{configuration}", "domainverification/{verification}",
        "servicenetworkresourceassociation/{resourceAssociation}",
    ]

    private func path(_ tail: String) -> String {
        "/tags/" + TestWorld.encoded(TestWorld.arn(example.expanded(tail)))
    }

    @Test(arguments: tails)
    func everyResourceTakesTags(_ tail: String) async throws {
        let path = path(tail)
        #expect(await example.send("GET", path)["tags"] == .object([:]))
        let tagged = await example.send("POST", path, #"{"tags":{"a":"1","Ä b._:/=+-@":"","c":"3"}}"#)
        #expect(tagged.status == 200)
        #expect(tagged.json == .object([:]))
        _ = await example.send("POST", path, #"{"tags":{"a":"2"}}"#)
        #expect(
            await example.send("GET", path)["tags"] == .object(["a": "2", "Ä b._:/=+-@": "", "c": "3"]))
        let untagged = await example.send("DELETE", path + "?tagKeys=c&tagKeys=%C3%84%20b._%3A/%3D%2B-@&tagKeys=no")
        #expect(untagged.status == 200)
        #expect(untagged.json == .object([:]))
        #expect(await example.send("GET", path)["tags"] == .object(["a": "2"]))
    }

    @Test(arguments: [
        ("/servicenetworks", #"{"name":"new""#, "servicenetwork/"), ("/services", #"{"name":"new""#, "service/"),
        ("/targetgroups", #"{"name":"new","type":"LAMBDA""#, "targetgroup/"),
        (
            "/services/{service}/listeners",
            #"{"name":"new","protocol":"HTTP","port":81,"defaultAction":\#(TestWorld.notFoundAction)"#,
            "service/{service}/listener/"
        ),
        (
            "/services/{service}/listeners/{listener}/rules",
            #"{"name":"new","priority":9,"match":\#(TestWorld.getMatch),"action":\#(TestWorld.notFoundAction)"#,
            "service/{service}/listener/{listener}/rule/"
        ),
        (
            "/servicenetworkvpcassociations",
            #"{"vpcIdentifier":"vpc-01234567","serviceNetworkIdentifier":"{network}""#, "servicenetworkvpcassociation/"
        ),
        (
            "/accesslogsubscriptions",
            #"{"resourceIdentifier":"{service}","destinationArn":"arn:aws:s3:::access-logs""#,
            "accesslogsubscription/"
        ),
    ])
    func tagsGivenAtCreationAreKept(_ target: String, _ body: String, _ tail: String) async throws {
        let created = await example.send("POST", target, body + #","tags":{"k":"v"}}"#)
        #expect(created.status < 300)
        #expect(await example.send("GET", path(tail + created.id))["tags"] == .object(["k": "v"]))
    }

    @Test func fiftyTagsFitAndNoMore() async throws {
        let path = path("service/{service}")
        let fifty = (0..<50).map { #""k\#($0)":"v""# }.joined(separator: ",")
        #expect(await example.send("POST", path, "{\"tags\":{\(fifty)}}").status == 200)
        #expect(await example.send("POST", path, #"{"tags":{"k7":"new"}}"#).status == 200)
        let refused = await example.send("POST", path, #"{"tags":{"one":"more"}}"#)
        #expect(refused.status == 400)
        #expect(refused.fields == ["tags"])
        #expect(await example.send("GET", path)["tags"]?.memberNames.count == 50)
    }

    @Test func defaultRuleHasNoTags() async throws {
        let rules = await example.send("GET", "/services/{service}/listeners/{listener}/rules")
        let id = try #require(rules.elements("items").first { $0["isDefault"] == true }?["id"]?.text)
        let path = path("service/{service}/listener/{listener}/rule/\(id)")
        #expect(await example.send("GET", path)["tags"] == .object([:]))
        #expect(await example.send("POST", path, #"{"tags":{"a":"b"}}"#).fields == ["resourceArn"])
        #expect(await example.send("DELETE", path + "?tagKeys=a").status == 400)
    }

    @Test(arguments: [
        "servicenetwork/sn-0123456789abcdef0", "service/svc-0123456789abcdef0", "targetgroup/tg-0123456789abcdef0",
        "service/{service}/listener/listener-0123456789abcdef0", "service/{group}", "service/{service}/listener",
        "service/{service}/listener/{listener}/rule/rule-0123456789abcdef0",
        "accesslogsubscription/als-0123456789abcdef0",
        "servicenetworkvpcassociation/snva-0123456789abcdef0", "nothing",
        "servicenetworkserviceassociation/snsa-0123456789abcdef0",
    ])
    func unknownResourceIsNotFound(_ tail: String) async throws {
        for (method, query, body) in [("GET", "", ""), ("POST", "", #"{"tags":{}}"#), ("DELETE", "?tagKeys=a", "")] {
            let reply = await example.send(method, path(tail) + query, body)
            #expect(reply.status == 404, "\(method)")
            #expect(!reply.text("resourceId").isEmpty)
        }
    }

    @Test func arnsOfElsewhereAreNotServed() async throws {
        for method in ["GET", "DELETE"] {
            let query = method == "DELETE" ? "?tagKeys=a" : ""
            let otherAccount = "arn:aws:vpc-lattice:us-west-2:444455556666:service/\(example.service)"
            #expect(await example.send(method, "/tags/\(TestWorld.encoded(otherAccount))\(query)").status == 403)
            let otherRegion = "arn:aws:vpc-lattice:eu-central-1:111122223333:service/\(example.service)"
            #expect(await example.send(method, "/tags/\(TestWorld.encoded(otherRegion))\(query)").status == 404)
        }
    }
}

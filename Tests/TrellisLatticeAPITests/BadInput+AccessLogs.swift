extension BadInput {
    private static let path = "/accesslogsubscriptions"
    private static let owner = #""resourceIdentifier":"{service}""#
    private static let destination = #""destinationArn":"arn:aws:s3:::access-logs""#

    static let accessLogs: [BadInput] =
        tokens(path, "\(owner),\(destination)")
        + [
            "7", #""""#, #""arn:aws:s3:::short""#, #""arn:aws:s3:::Upper-Case-Bucket""#,
            #""arn:aws:s3:::under_score_x""#,
            #""arn:aws:s3:us-west-2:111122223333:access-logs""#, #""arn:aws:s3:::/access-logs-long""#,
            #""arn:aws:sqs:us-west-2:111122223333:queue""#, #""arn:aws:lambda:us-west-2:111122223333:function:f""#,
            #""arn:aws:logs:::log-group:no-region""#, #""arn:aws:logs:us-west-2:1:log-group:name""#,
            #""arn:aws:logs:us-west-2:111122223333:log-group:""#,
            #""arn:aws:logs:us-west-2:111122223333:log-group::*""#,
            #""arn:aws:logs:us-west-2:111122223333:log-group:a b""#,
            #""arn:aws:logs:us-west-2:111122223333:log-group:a:log-stream:b""#,
            #""arn:aws:firehose:us-west-2:111122223333:deliverystream/""#,
            #""arn:aws:firehose:us-west-2:111122223333:deliverystream/a/b""#,
            #""arn:aws:firehose:us-west-2:111122223333:stream/a""#, #""arn:aws-cn:s3:::bucket-of-elsewhere""#,
            #""arn:aws:s3:::bucket-name/\n""#, #""access-logs-without-an-arn""#, #""\#(long)""#,
        ].map { value in
            BadInput("POST", path, #"{\#(owner),"destinationArn":\#(value)}"#, names: ["destinationArn"])
        } + [
            BadInput("POST", path, names: ["resourceIdentifier", "destinationArn"]),
            BadInput("POST", path, "{\(destination)}", names: ["resourceIdentifier"]),
            BadInput(
                "POST", path, #"{\#(destination),"resourceIdentifier":"service"}"#, names: ["resourceIdentifier"]),
            BadInput(
                "POST", path, #"{\#(destination),"resourceIdentifier":"{group}"}"#, names: ["resourceIdentifier"]),
            BadInput(
                "POST", path, #"{\#(owner),\#(destination),"serviceNetworkLogType":"BOTH","tags":{"aws:a":"b"}}"#,
                names: ["serviceNetworkLogType", "tags"]),
            BadInput("GET", path, names: ["resourceIdentifier"]),
            BadInput("GET", path + "?resourceIdentifier=x", names: ["resourceIdentifier"]),
            BadInput(
                "GET", path + "?resourceIdentifier={service}&maxResults=0&nextToken=",
                names: ["maxResults", "nextToken"]),
            BadInput("GET", path + "?resourceIdentifier={service}&nextToken=zzz", names: ["nextToken"]),
            BadInput("GET", path + "/als-1", names: ["accessLogSubscriptionIdentifier"]),
            BadInput("DELETE", path + "/{service}", names: ["accessLogSubscriptionIdentifier"]),
            BadInput("PATCH", path + "/x", "{}", names: ["accessLogSubscriptionIdentifier", "destinationArn"]),
            BadInput("PATCH", path + "/{accessLog}", #"{"destinationArn":"x"}"#, names: ["destinationArn"]),
        ]
}

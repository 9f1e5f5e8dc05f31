import TrellisPolicy

/// The policies of AWS (`arn:aws:iam::aws:policy/…`) whose documents Trellis knows; every other one allows nothing.
///
/// - Source: the IAM managed policy reference of AWS.
enum AWSManagedPolicy {
    /// By what follows `policy` in the ARN.
    private static let documents = [
        "/AdministratorAccess":
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        "/IAMFullAccess":
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#,
        "/AWSLambda_FullAccess":
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:*","logs:DescribeLogGroups"],"#
            + #""Resource":"*"},{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":"#
            + #"{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}},{"Effect":"Allow","Action":"#
            + #"["logs:DescribeLogStreams","logs:GetLogEvents","logs:FilterLogEvents"],"#
            + #""Resource":"arn:aws:logs:*:*:log-group:/aws/lambda/*"}]}"#,
        "/VPCLatticeFullAccess":
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"vpc-lattice:*","Resource":"*"}]}"#,
        "/VPCLatticeReadOnlyAccess":
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["vpc-lattice:Get*","vpc-lattice:List*"],"#
            + #""Resource":"*"}]}"#,
        "/VPCLatticeServicesInvokeAccess":
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"vpc-lattice-svcs:Invoke","#
            + #""Resource":"*"}]}"#,
        "/service-role/AWSLambdaBasicExecutionRole":
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","#
            + #""logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#,
    ]

    private static let compiled: [String: CompiledPolicy] = documents.compactMapValues { text in
        try? CompiledPolicy(parsing: text, as: .identityPolicy)
    }

    private static let prefix = "arn:aws:iam::aws:policy"

    /// - Returns: `nil` for a policy of somebody else and for one that is not known.
    static func policy(_ arn: String) -> CompiledPolicy? {
        guard arn.hasPrefix(prefix) else { return nil }
        return compiled[String(arn.dropFirst(prefix.count))]
    }
}

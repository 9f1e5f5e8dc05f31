/// What Lattice knows about a request besides its bytes: the resources it passed and who sent it.
public struct LambdaEventContext: Hashable, Sendable {
    /// The service network, `arn:aws:vpc-lattice:<region>:<account>:servicenetwork/sn-…`.
    ///
    /// `nil` where the request came through none, which events show as the empty string because functions read the
    /// member without looking first.
    public var serviceNetworkARN: String?
    /// The service, `arn:aws:vpc-lattice:<region>:<account>:service/svc-…`.
    public var serviceARN: String
    /// The target group, `arn:aws:vpc-lattice:<region>:<account>:targetgroup/tg-…`.
    public var targetGroupARN: String
    /// The Region's name, for example `us-west-2`.
    public var region: String
    /// The source VPC and the authenticated caller, as far as they are known.
    public var identity: CallerIdentity
    /// When the request arrived, in microseconds since 1970-01-01T00:00:00Z.
    public var timeEpoch: Int64

    /// The context of one request.
    public init(
        serviceNetworkARN: String?, serviceARN: String, targetGroupARN: String, region: String,
        identity: CallerIdentity, timeEpoch: Int64
    ) {
        self.serviceNetworkARN = serviceNetworkARN
        self.serviceARN = serviceARN
        self.targetGroupARN = targetGroupARN
        self.region = region
        self.identity = identity
        self.timeEpoch = timeEpoch
    }
}

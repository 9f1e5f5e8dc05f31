/// What a version of a function is made of: everything that PublishVersion copies and that an environment starts from.
package struct FunctionConfiguration: Codable, Hashable, Sendable {
    package var runtime: String
    package var handler: String
    package var role: String
    package var description: String
    /// 1 to 900.
    package var timeoutSeconds: Int
    /// 128 to 10240.
    package var memorySizeMB: Int
    /// 512 to 10240.
    package var ephemeralStorageMB: Int
    package var environment: [String: String]
    /// `true` once an environment was given, even an empty one: only then the API shows it.
    package var hasEnvironment = false
    package var architecture: String
    /// Lower-case hexadecimal SHA-256 of the zip, the package's name in the package directory.
    package var codeSHA256: String
    /// Size of the zip in bytes.
    package var codeSize: Int
    /// `nil` until the API is told something else than the defaults.
    package var logging: FunctionLogging?
    /// Size of all files in the zip in bytes; `nil` where it was not counted.
    package var unzippedSize: Int?
    /// In the order in which they are laid over each other; `nil` is none.
    private var layerList: [FunctionLayer]?

    package init(
        runtime: String, handler: String, role: String, description: String, timeoutSeconds: Int, memorySizeMB: Int,
        ephemeralStorageMB: Int, environment: [String: String], architecture: String, codeSHA256: String,
        codeSize: Int
    ) {
        self.runtime = runtime
        self.handler = handler
        self.role = role
        self.description = description
        self.timeoutSeconds = timeoutSeconds
        self.memorySizeMB = memorySizeMB
        self.ephemeralStorageMB = ephemeralStorageMB
        self.environment = environment
        self.architecture = architecture
        self.codeSHA256 = codeSHA256
        self.codeSize = codeSize
    }

    /// At most 5; the files of a later one win.
    package var layers: [FunctionLayer] {
        get { layerList ?? [] }
        set { layerList = newValue.isEmpty ? nil : newValue }
    }
}

/// A function: its `$LATEST` configuration and what belongs to all its versions.
package struct FunctionRecord: StoredRecord, Equatable {
    package var scope: Scope
    package var name: FunctionName
    package var latest: FunctionConfiguration
    /// A UUID, new on every change of `$LATEST`.
    package var revisionID: String
    package var createdAt: Timestamp
    package var lastModified: Timestamp
    /// `true` once UpdateFunctionCode or UpdateFunctionConfiguration was called.
    package var wasUpdated: Bool
    /// The number the next published version gets; numbers are never used again.
    package var nextVersion: Int
    package var tags: [String: String]

    package init(
        scope: Scope, name: FunctionName, latest: FunctionConfiguration, revisionID: String, createdAt: Timestamp,
        lastModified: Timestamp, wasUpdated: Bool, nextVersion: Int, tags: [String: String]
    ) {
        self.scope = scope
        self.name = name
        self.latest = latest
        self.revisionID = revisionID
        self.createdAt = createdAt
        self.lastModified = lastModified
        self.wasUpdated = wasUpdated
        self.nextVersion = nextVersion
        self.tags = tags
    }

    package var arn: FunctionARN { FunctionARN(scope: scope, name: name) }
}

/// A published version; code and configuration in it never change.
package struct FunctionVersionRecord: StoredRecord, Equatable {
    package var scope: Scope
    package var name: FunctionName
    package var version: Int
    /// `$LATEST` as it was when this version was published.
    package var configuration: FunctionConfiguration
    /// The description given to PublishVersion; `nil` keeps the one of `$LATEST`.
    package var ownDescription: String?
    /// A UUID, new when the version's resource policy changes.
    package var revisionID: String
    package var lastModified: Timestamp

    package var description: String { ownDescription ?? configuration.description }

    package init(
        scope: Scope, name: FunctionName, version: Int, configuration: FunctionConfiguration, revisionID: String,
        lastModified: Timestamp
    ) {
        self.scope = scope
        self.name = name
        self.version = version
        self.configuration = configuration
        self.revisionID = revisionID
        self.lastModified = lastModified
    }
}

/// A name for one version, or for two with a share of requests for the second.
package struct FunctionAliasRecord: StoredRecord, Equatable {
    package struct AdditionalVersion: Codable, Hashable, Sendable {
        package var version: Int
        /// 0.0 to 1.0, the share of invocations that go to this version.
        package var weight: Double

        package init(version: Int, weight: Double) {
            self.version = version
            self.weight = weight
        }
    }

    package var scope: Scope
    package var functionName: FunctionName
    package var name: String
    /// `nil` is `$LATEST`.
    package var version: Int?
    package var additionalVersion: AdditionalVersion?
    package var description: String
    package var revisionID: String

    package init(
        scope: Scope, functionName: FunctionName, name: String, version: Int?,
        additionalVersion: AdditionalVersion?, description: String, revisionID: String
    ) {
        self.scope = scope
        self.functionName = functionName
        self.name = name
        self.version = version
        self.additionalVersion = additionalVersion
        self.description = description
        self.revisionID = revisionID
    }

    package var arn: FunctionARN {
        FunctionARN(scope: scope, name: functionName, qualifier: .alias(name))
    }
}

/// How many invocations of a function, all versions together, may run at once.
///
/// A record of its own, so that the reservations of an account are summed without reading its functions.
package struct FunctionConcurrencyRecord: StoredRecord, Equatable {
    package var scope: Scope
    package var functionName: FunctionName
    /// 0 stops the function.
    package var reserved: Int

    package init(scope: Scope, functionName: FunctionName, reserved: Int) {
        self.scope = scope
        self.functionName = functionName
        self.reserved = reserved
    }
}

/// How asynchronous invocations of `$LATEST`, a version or an alias are tried again, and where their outcomes go.
///
/// What is `nil` is as without a configuration.
package struct FunctionEventInvokeRecord: StoredRecord, Equatable {
    package var scope: Scope
    package var functionName: FunctionName
    /// `.latest` is for unqualified calls too.
    package var qualifier: Qualifier
    /// 0 to 2.
    package var maximumRetryAttempts: Int?
    /// 60 to 21600.
    package var maximumEventAgeSeconds: Int?
    /// Invoked with the outcome; of the same account and Region.
    package var onSuccess: FunctionARN?
    package var onFailure: FunctionARN?
    package var lastModified: Timestamp

    package init(scope: Scope, functionName: FunctionName, qualifier: Qualifier, lastModified: Timestamp) {
        self.scope = scope
        self.functionName = functionName
        self.qualifier = qualifier
        self.lastModified = lastModified
    }

    package var arn: FunctionARN { FunctionARN(scope: scope, name: functionName, qualifier: qualifier) }
}

/// The resource policy of one way to call a function.
package struct FunctionPolicyRecord: StoredRecord, Equatable {
    /// In the order in which they were added.
    package var statements: [FunctionPolicyStatement]
    package var revisionID: String

    package init(statements: [FunctionPolicyStatement], revisionID: String) {
        self.statements = statements
        self.revisionID = revisionID
    }
}

/// One statement of a function's resource policy, as AddPermission makes them: always `Effect: Allow`.
package struct FunctionPolicyStatement: Codable, Hashable, Sendable {
    package enum Principal: Codable, Hashable, Sendable {
        /// `*`
        case anyone
        /// `vpc-lattice.amazonaws.com` and the like.
        case service(String)
        /// An IAM ARN; an account is written as its root.
        case aws(String)
    }

    /// `operator: {key: value}`, for example `ArnLike: {AWS:SourceArn: …}`.
    package typealias Conditions = [String: [String: String]]

    package var sid: String
    package var principal: Principal
    package var action: String
    /// The function's ARN with the qualifier that the statement was added for.
    package var resource: FunctionARN
    package var conditions: Conditions

    package init(
        sid: String, principal: Principal, action: String, resource: FunctionARN, conditions: Conditions
    ) {
        self.sid = sid
        self.principal = principal
        self.action = action
        self.resource = resource
        self.conditions = conditions
    }

    /// The grant that lets a target group invoke a function.
    ///
    /// - Source: the statement that RegisterTargets adds; its id is chosen: `vpc-lattice-<target group id>`.
    package static func latticeInvoke(
        function: FunctionARN, from targetGroup: TargetGroupID, in scope: Scope
    ) -> FunctionPolicyStatement {
        FunctionPolicyStatement(
            sid: "vpc-lattice-\(targetGroup)",
            principal: .service("vpc-lattice.amazonaws.com"),
            action: "lambda:InvokeFunction",
            resource: function,
            conditions: ["ArnLike": ["AWS:SourceArn": scope.arn(targetGroup)]])
    }
}

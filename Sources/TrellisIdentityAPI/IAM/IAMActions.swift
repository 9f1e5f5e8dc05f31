import TrellisModel

/// Every action that is served.
enum IAMActions {
    static let all: [any IAMAction.Type] =
        own + actions(on: RoleRecord.self) + actions(on: UserRecord.self)

    private static let own: [any IAMAction.Type] = [
        CreateRole.self, GetRole.self, ListRoles.self, UpdateRole.self, UpdateRoleDescription.self,
        UpdateAssumeRolePolicy.self, DeleteRole.self, ListInstanceProfilesForRole.self,

        CreateUser.self, GetUser.self, ListUsers.self, UpdateUser.self, DeleteUser.self, DeleteLoginProfile.self,
        EmptyUserList<GroupsOfUser>.self, EmptyUserList<MFADevicesOfUser>.self, EmptyUserList<SSHKeysOfUser>.self,
        EmptyUserList<SigningCertificatesOfUser>.self, EmptyUserList<ServiceCredentialsOfUser>.self,

        CreateAccessKey.self, ListAccessKeys.self, UpdateAccessKey.self, DeleteAccessKey.self,
        GetAccessKeyLastUsed.self,

        CreatePolicy.self, GetPolicy.self, DeletePolicy.self,

        CreatePolicyVersion.self, GetPolicyVersion.self, ListPolicyVersions.self, DeletePolicyVersion.self,

        TagPolicy.self, UntagPolicy.self, ListPolicyTags.self,
    ]

    /// What roles and users have in common.
    private static func actions<Holder: PolicyHolder>(on type: Holder.Type) -> [any IAMAction.Type] {
        [
            PutInlinePolicy<Holder>.self, GetInlinePolicy<Holder>.self, DeleteInlinePolicy<Holder>.self,
            ListInlinePolicies<Holder>.self,

            AttachPolicy<Holder>.self, DetachPolicy<Holder>.self, ListAttachedPolicies<Holder>.self,

            TagHolder<Holder>.self, UntagHolder<Holder>.self, ListHolderTags<Holder>.self,
        ]
    }
}

import TrellisModel

/// Every action that is served.
enum IAMActions {
    static let all: [any IAMAction.Type] =
        own + MFAActions.all + actions(on: RoleRecord.self) + actions(on: UserRecord.self)
        + policyActions(on: GroupRecord.self)

    private static let own: [any IAMAction.Type] = [
        CreateRole.self, GetRole.self, ListRoles.self, UpdateRole.self, UpdateRoleDescription.self,
        UpdateAssumeRolePolicy.self, DeleteRole.self, ListInstanceProfilesForRole.self,

        CreateUser.self, GetUser.self, ListUsers.self, UpdateUser.self, DeleteUser.self, DeleteLoginProfile.self,
        EmptyUserList<MFADevicesOfUser>.self, EmptyUserList<SSHKeysOfUser>.self,
        EmptyUserList<SigningCertificatesOfUser>.self, EmptyUserList<ServiceCredentialsOfUser>.self,

        CreateGroup.self, GetGroup.self, ListGroups.self, UpdateGroup.self, DeleteGroup.self, AddUserToGroup.self,
        RemoveUserFromGroup.self, ListGroupsForUser.self,

        CreateAccessKey.self, ListAccessKeys.self, UpdateAccessKey.self, DeleteAccessKey.self,
        GetAccessKeyLastUsed.self,

        CreatePolicy.self, GetPolicy.self, ListPolicies.self, ListEntitiesForPolicy.self, DeletePolicy.self,

        CreatePolicyVersion.self, GetPolicyVersion.self, ListPolicyVersions.self, SetDefaultPolicyVersion.self,
        DeletePolicyVersion.self,

        TagPolicy.self, UntagPolicy.self, ListPolicyTags.self,
    ]

    /// What roles and users have in common.
    private static func actions<Holder: PrincipalHolder>(on type: Holder.Type) -> [any IAMAction.Type] {
        policyActions(on: type) + [
            PutPermissionsBoundary<Holder>.self, DeletePermissionsBoundary<Holder>.self,

            TagHolder<Holder>.self, UntagHolder<Holder>.self, ListHolderTags<Holder>.self,
        ]
    }

    /// What groups have in common with them.
    private static func policyActions<Holder: PolicyHolder>(on type: Holder.Type) -> [any IAMAction.Type] {
        [
            PutInlinePolicy<Holder>.self, GetInlinePolicy<Holder>.self, DeleteInlinePolicy<Holder>.self,
            ListInlinePolicies<Holder>.self,

            AttachPolicy<Holder>.self, DetachPolicy<Holder>.self, ListAttachedPolicies<Holder>.self,
        ]
    }
}

/// Every action that is served.
enum IAMActions {
    static let all: [any IAMAction.Type] = [
        CreateRole.self, GetRole.self, ListRoles.self, UpdateRole.self, UpdateRoleDescription.self,
        UpdateAssumeRolePolicy.self, DeleteRole.self, ListInstanceProfilesForRole.self,

        TagRole.self, UntagRole.self, ListRoleTags.self,

        PutRolePolicy.self, GetRolePolicy.self, DeleteRolePolicy.self, ListRolePolicies.self,

        AttachRolePolicy.self, DetachRolePolicy.self, ListAttachedRolePolicies.self,

        CreatePolicy.self, GetPolicy.self, DeletePolicy.self,

        CreatePolicyVersion.self, GetPolicyVersion.self, ListPolicyVersions.self, DeletePolicyVersion.self,

        TagPolicy.self, UntagPolicy.self, ListPolicyTags.self,
    ]
}

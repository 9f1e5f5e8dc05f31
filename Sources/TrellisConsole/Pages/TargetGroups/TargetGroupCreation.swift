import NIOCore
import TrellisAPI
import TrellisLatticeAPI
import TrellisModel

/// `/console/target-groups/create`: two steps, with what was typed in one carried along in the other.
struct TargetGroupCreation {
    var operations: Operations

    func start(_ request: PageRequest) -> Page { firstStep(request, TargetGroupForm(), nil, FormErrors()) }

    private func firstStep(
        _ request: PageRequest, _ group: TargetGroupForm, _ target: TargetForm?, _ errors: FormErrors
    ) -> Page {
        let form = Form(
            request.path, submit: "Next", submitValue: "next", cancelPath: ConsolePath.make("target-groups"),
            fields: """
                \(Field.hidden("step", "1"))\(errors.html)
                \(group.fields(errors))
                \(target.map(\.hidden))
                """)
        return Page(
            "Create target group", in: .targetGroups, crumbs: [TargetGroupPages.crumb],
            content: "\(Self.steps(current: 0))<h2>Specify group details</h2>\(form.html(request))")
    }

    private func secondStep(
        _ request: PageRequest, _ group: TargetGroupForm, _ target: TargetForm, _ errors: FormErrors
    ) async throws -> Page {
        let fields: HTML
        if group.type == "LAMBDA" {
            fields = target.fields(
                try await FunctionNames(operations: operations).suggestions(for: target.function), errors)
        } else {
            fields = Self.otherTargets(target.others, errors)
        }
        let form = Form(
            request.path, submit: "Create target group", submitValue: "create",
            cancelPath: ConsolePath.make("target-groups"),
            otherButtons: Form.button("Previous", do: "previous"), takesFiles: true,
            fields: "\(Field.hidden("step", "2"))\(errors.html)\(group.hidden)\(fields)")
        return Page(
            "Create target group", in: .targetGroups, crumbs: [TargetGroupPages.crumb],
            content: "\(Self.steps(current: 1))<h2>Register targets</h2>\(form.html(request))")
    }

    static func otherTargets(_ lines: String, _ errors: FormErrors) -> HTML {
        Field(
            "others", "Targets", .textArea(rows: 6), value: lines,
            hint: "One in each line, with a port where it is not the group's: 10.0.0.5:8080. Empty registers none.",
            error: errors["others"]
        ).html
    }

    private static func steps(current: Int) -> HTML {
        let titles = ["Specify group details", "Register targets"].enumerated().map { index, title -> HTML in
            "<li\(attribute: "aria-current", index == current ? "step" : nil)>\(title)</li>"
        }
        return "<ol class=\"steps\" aria-label=\"Steps\">\(titles)</ol>"
    }

    func answer(_ request: PageRequest) async throws -> ConsoleAnswer {
        let action = request.form.action
        if request.form["step"] == "1" { return try await answerFirstStep(request, action) }
        let group = TargetGroupForm(request.form)
        let target = TargetForm(request.form)
        switch action {
        case "previous": return .page(firstStep(request, group, target, FormErrors()))
        case "find":
            let errors = await FunctionNames(operations: operations).problem(with: target.function)
            return .page(try await secondStep(request, group, target, errors))
        default: return try await carryOut(request, group, target)
        }
    }

    private func answerFirstStep(_ request: PageRequest, _ action: String) async throws -> ConsoleAnswer {
        var group = TargetGroupForm(request.form)
        let isChange = group.tags.apply(action)
        let isFirstTime = !request.form.contains("function")
        let target = isFirstTime ? TargetForm(account: operations.caller.account) : TargetForm(request.form)
        let errors = isChange ? FormErrors() : check(group)
        if isChange || !errors.isEmpty {
            return .page(firstStep(request, group, isFirstTime ? nil : target, errors))
        }
        return .page(try await secondStep(request, group, target, FormErrors()))
    }

    /// What is wrong with the first step, by the API's own rules.
    private func check(_ group: TargetGroupForm) -> FormErrors {
        let call = APICall(
            operation: "CreateTargetGroup", caller: operations.caller, requestID: "",
            body: ByteBuffer(bytes: group.input.encoded()))
        var errors = FormErrors()
        if let refusal = LatticeAPI.refusal(ofTargetGroup: call) {
            errors = FormErrors(OperationFailure(refusal), input: TargetGroupForm.input)
        }
        if let problem = group.tags.problem { errors.fields["tags"] = problem }
        return errors
    }

    /// First the function, then the group, last the registration: what was made before an error is kept, and said.
    private func carryOut(
        _ request: PageRequest, _ group: TargetGroupForm, _ target: TargetForm
    ) async throws -> ConsoleAnswer {
        let errors = check(group)
        guard errors.isEmpty else { return .page(firstStep(request, group, target, errors)) }
        let makesFunction = group.type == "LAMBDA" && target.choice == .new
        if makesFunction, let errors = try await FunctionCreation(operations: operations).create(target.newFunction) {
            return .page(try await secondStep(request, group, target, errors))
        }
        switch await makeGroup(group) {
        case .failure(let problem):
            return .page(firstStep(request, group, makesFunction ? target.withNewFunctionMade : target, problem.errors))
        case .success(let id):
            return try await register(
                makesFunction ? target.withNewFunctionMade : target, in: group, id,
                done: makesFunction
                    ? "Function \(target.newFunction.name) and target group \(group.name) were created."
                    : "Target group \(group.name) was created.")
        }
    }

    /// - Returns: The id of the group.
    private func makeGroup(_ group: TargetGroupForm) async -> Result<String, FormProblem> {
        do {
            let created = try await operations.call(.lattice, "POST", ["targetgroups"], group.input)
            return .success(created["id"]?.text ?? "")
        } catch {
            let errors =
                error.type == "ConflictException"
                ? FormErrors(fields: ["name": error.message]) : FormErrors(error, input: TargetGroupForm.input)
            return .failure(FormProblem(errors: errors))
        }
    }

    private func register(
        _ target: TargetForm, in group: TargetGroupForm, _ id: String, done: String
    ) async throws -> ConsoleAnswer {
        let own = target.target(in: operations.caller.scope).map { [$0] } ?? []
        let targets = group.type == "LAMBDA" ? own : TargetForm.targets(target.others)
        let problem = try await TargetRegistration(operations: operations, group: id).register(targets)
        let notice =
            problem.map { Notice(.problem, "\(done) The target was not registered: \($0)") } ?? Notice(.done, done)
        return .redirect(to: TargetGroupPages.path(id), notice)
    }
}

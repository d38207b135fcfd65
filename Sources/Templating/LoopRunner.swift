/// `for` blocks.
extension Renderer {
    func start(_ loop: LoopSyntax) throws(TemplateError) -> Flow {
        let iterable = try evaluate(loop.iterable)
        return try nested { () throws(TemplateError) in try run(loop, over: iterable, depth0: 0) }
    }

    private func run(_ loop: LoopSyntax, over iterable: Value, depth0: Int) throws(TemplateError) -> Flow {
        let outer = try enclosing()
        let state = LoopState(
            source: try elements(of: iterable), filter: filter(of: loop, in: outer), depth0: depth0)
        defer { state.close() }
        if loop.isRecursive {
            state.recurse = { [unowned self] children throws(TemplateError) in
                try recurse(loop, over: children, depth0: depth0 + 1, in: outer)
            }
        }
        var isCompleted = false
        while let element = try state.advance() {
            try charge(2)
            scope = Scope(parent: outer)
            scope.values["loop"] = .loop(state)
            try assign(element, to: loop.target)
            switch try execute(loop.body) {
            case .normal: isCompleted = true
            case .continueLoop: continue
            case .breakLoop: state.close()
            }
        }
        scope = outer
        // As in Jinja, an iteration cut short does not count against the else branch.
        guard !isCompleted, !loop.otherwise.isEmpty else { return .normal }
        scope = Scope(parent: outer)
        let flow = try execute(loop.otherwise)
        scope = outer
        return flow
    }

    /// The current scope, unless macros kept by namespaces have chained too many.
    @inline(never)
    private func enclosing() throws(TemplateError) -> Scope {
        guard scope.depth <= limits.maximumDepth else { throw TemplateError("scopes nest too deep") }
        return scope
    }

    @inline(never)
    private func filter(of loop: LoopSyntax, in outer: Scope) -> LoopState.Filter? {
        guard let test = loop.filter else { return nil }
        return { [unowned self] element throws(TemplateError) in
            let inner = scope
            scope = Scope(parent: outer)
            try assign(element, to: loop.target)
            let passes = try evaluate(test).isTrue
            scope = inner
            return passes
        }
    }

    @inline(never)
    private func recurse(
        _ loop: LoopSyntax, over children: Value, depth0: Int, in outer: Scope
    ) throws(TemplateError) -> Value {
        let inner = scope
        scope = outer
        let text = try nested { () throws(TemplateError) in
            try capture { () throws(TemplateError) in _ = try run(loop, over: children, depth0: depth0) }
        }
        scope = inner
        return text
    }
}

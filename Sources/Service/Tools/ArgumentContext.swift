/// What stands around the arguments of a call, as far as it says where their strings end.
struct ArgumentContext: Sendable {
    /// The closing brackets that are due behind the arguments, the last one first.
    var closings: [UInt8] = []
    /// The keys that the function's schema lists; empty where that is not known.
    var keys: Set<String> = []
    /// The format's texts that may stand behind a call.
    var tags: [String] = []
    /// Those of them that begin one.
    var openings: [String] = []

    /// Nothing that is known.
    init() {}
}

extension ToolFormat {
    /// How markup of the format begins.
    var markup: [String] { openings + strays + [Self.functionTag, Self.fence] }

    /// What surrounds a call of a function in this format.
    func context(
        _ functions: CallableFunctions, _ function: String, closings: [UInt8] = []
    ) -> ArgumentContext {
        var context = ArgumentContext()
        context.closings = closings
        context.keys = functions.keys(of: function)
        context.openings = openings + (takesFunctionTags ? [Self.functionTag] : [])
        context.tags = context.openings + strays + [Self.fence]
        return context
    }
}

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

    /// What surrounds a call of a function in a format.
    init(_ format: ToolFormat, _ functions: CallableFunctions, _ function: String, closings: [UInt8] = []) {
        self.closings = closings
        keys = functions.keys(of: function)
        openings = format.openings + (format.takesFunctionTags ? [ToolFormat.functionTag] : [])
        tags = openings + format.strays + [ToolFormat.fence]
    }
}

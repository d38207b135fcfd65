extension CallScanner {
    /// What is looked for in the answers of a request.
    package struct Rules: Sendable {
        /// How calls are written.
        let format: ToolFormat
        /// The functions that may be called; calls of others are text.
        let functions: CallableFunctions
        /// Most calls of an answer, at least 1.
        let mostCalls: Int
        /// Whether an answer consists of calls, so that nothing that begins like one is text.
        let isForced: Bool
        /// Whether the request names the function to call, so that calling it is no news.
        let isNamed: Bool
        /// Whether an answer that is nothing but bare calls makes them, although the format has markup.
        let takesBareAnswers: Bool

        /// The rules of one request.
        /// - Parameter isBound: whether a grammar binds calls, so that there are none without markup.
        package init(
            format: ToolFormat, functions: CallableFunctions, mostCalls: Int, isForced: Bool, isNamed: Bool,
            isBound: Bool = false
        ) {
            takesBareAnswers = format == .hermes && !isForced && !isBound
            self.isNamed = isNamed
            self.format = format
            self.functions = functions
            self.mostCalls = mostCalls
            self.isForced = isForced
        }
    }
}

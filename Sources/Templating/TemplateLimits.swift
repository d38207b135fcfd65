/// What compiling and rendering may cost at most.
package struct TemplateLimits: Sendable {
    /// Units of work in one rendering: a node evaluated, an element produced, 32 bytes of text made or searched.
    package let maximumSteps: Int
    /// Bytes of the rendering and of every text made on the way.
    package let maximumOutputBytes: Int
    /// Nesting of statements, expressions and macro calls together.
    package let maximumDepth: Int
    /// Bytes of template text.
    package let maximumSourceBytes: Int

    /// Bounds on work, output, nesting and source.
    package init(maximumSteps: Int, maximumOutputBytes: Int, maximumDepth: Int, maximumSourceBytes: Int) {
        self.maximumSteps = maximumSteps
        self.maximumOutputBytes = maximumOutputBytes
        self.maximumDepth = maximumDepth
        self.maximumSourceBytes = maximumSourceBytes
    }

    /// For templates out of model files, rendered while a client waits.
    package static let serving = TemplateLimits(
        maximumSteps: 10_000_000, maximumOutputBytes: 16 << 20, maximumDepth: 200, maximumSourceBytes: 1 << 20)
}

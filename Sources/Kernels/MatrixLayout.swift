internal import CKernels

/// How rows in a file become the rows of a packed matrix, or of another file.
package struct MatrixLayout: Sendable, Equatable {
    /// Rows of the weight.
    package let outputs: Int
    /// Columns of the weight.
    package let inputs: Int
    /// Format of the elements as they are stored.
    package let stored: ElementFormat
    /// Format that they are to have.
    package let wanted: ElementFormat
    /// Input k of the result is input (k + rotation) mod inputs of what is stored; whole blocks of the stored format.
    package let rotation: Int

    /// A matrix in another format, or the same one; `rotation` moves its columns.
    package init(outputs: Int, inputs: Int, stored: ElementFormat, wanted: ElementFormat, rotation: Int) {
        self.outputs = outputs
        self.inputs = inputs
        self.stored = stored
        self.wanted = wanted
        self.rotation = rotation
    }

    /// Whether the blocks of the result are those that are stored.
    var isCopy: Bool { stored == wanted && rotation == 0 }

    /// Throws where the shape is impossible for one of the formats, or not these bytes.
    func check(_ source: RawSpan) throws(MatrixError) {
        for format in [stored, wanted] {
            guard outputs > 0, inputs > 0, inputs % format.blockElements == 0 else {
                throw .shape(outputs: outputs, inputs: inputs, block: format.blockElements)
            }
        }
        precondition(
            rotation >= 0 && rotation < inputs && rotation % stored.blockElements == 0, "a rotation of whole blocks")
        let (elements, overflow) = outputs.multipliedReportingOverflow(by: inputs)
        guard !overflow, let expected = stored.byteCount(elements: elements) else { throw .memory(bytes: nil) }
        guard source.byteCount == expected else { throw .byteCount(expected: expected, found: source.byteCount) }
        guard stored == wanted || wanted.canBeEncoded else { throw .encoding("there is no encoder for \(wanted.name)") }
    }
}

extension ElementFormat {
    /// Whether values can be turned into this format.
    package var canBeEncoded: Bool { kernel_can_encode(code) != 0 }
}

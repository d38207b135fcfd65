/// How the numbers of a tensor are stored: blocks of so many elements in so many bytes.
///
/// Every type that GGUF files are known to carry is listed, so that a file can be described
/// even where its weights cannot be computed with.
package struct TensorType: Sendable, Equatable {
    /// The number that stands in the file.
    package let identifier: UInt32
    /// The name the field uses, such as `Q4_K`.
    package let name: String
    /// Elements of one block.
    package let blockElements: Int
    /// Bytes of one block.
    package let blockBytes: Int
    /// The number in `general.file_type` of a file whose weights are mostly of this type; nil where none is in use.
    package let fileType: UInt32?

    /// The type with this number, or nil where no such type is known.
    package static func known(_ identifier: UInt32) -> TensorType? {
        table.first { $0.identifier == identifier }
    }

    /// The type that safetensors files call like this, or nil where no such type is known.
    package static func inSafetensors(_ name: String) -> TensorType? {
        safetensorsTable.first { $0.name == name }
    }

    /// The type with this name, or nil where no such type is known.
    package static func known(name: String) -> TensorType? {
        table.first { $0.name == name }
    }

    /// Bytes of `elements` stored elements; nil on overflow or where a block is cut.
    package func byteCount(elements: Int) -> Int? {
        guard elements >= 0, elements.isMultiple(of: blockElements) else { return nil }
        let (bytes, overflow) = (elements / blockElements).multipliedReportingOverflow(by: blockBytes)
        return overflow ? nil : bytes
    }

    private init(
        _ identifier: UInt32, _ name: String, _ blockElements: Int, _ blockBytes: Int, fileType: UInt32? = nil
    ) {
        self.identifier = identifier
        self.name = name
        self.blockElements = blockElements
        self.blockBytes = blockBytes
        self.fileType = fileType
    }

    /// Numbers that are missing here were withdrawn by the format's authors.
    private static let table: [TensorType] = [
        TensorType(0, "F32", 1, 4, fileType: 0), TensorType(1, "F16", 1, 2, fileType: 1),
        TensorType(30, "BF16", 1, 2, fileType: 32),
        TensorType(2, "Q4_0", 32, 18, fileType: 2), TensorType(3, "Q4_1", 32, 20, fileType: 3),
        TensorType(6, "Q5_0", 32, 22, fileType: 8), TensorType(7, "Q5_1", 32, 24, fileType: 9),
        TensorType(8, "Q8_0", 32, 34, fileType: 7), TensorType(9, "Q8_1", 32, 36),
        TensorType(10, "Q2_K", 256, 84, fileType: 10), TensorType(11, "Q3_K", 256, 110, fileType: 12),
        TensorType(12, "Q4_K", 256, 144, fileType: 15), TensorType(13, "Q5_K", 256, 176, fileType: 17),
        TensorType(14, "Q6_K", 256, 210, fileType: 18), TensorType(15, "Q8_K", 256, 292),
        TensorType(16, "IQ2_XXS", 256, 66), TensorType(17, "IQ2_XS", 256, 74), TensorType(18, "IQ3_XXS", 256, 98),
        TensorType(19, "IQ1_S", 256, 50), TensorType(20, "IQ4_NL", 32, 18), TensorType(21, "IQ3_S", 256, 110),
        TensorType(22, "IQ2_S", 256, 82), TensorType(23, "IQ4_XS", 256, 136), TensorType(29, "IQ1_M", 256, 56),
        TensorType(24, "I8", 1, 1), TensorType(25, "I16", 1, 2), TensorType(26, "I32", 1, 4),
        TensorType(27, "I64", 1, 8), TensorType(28, "F64", 1, 8),
        TensorType(34, "TQ1_0", 256, 54), TensorType(35, "TQ2_0", 256, 66),
        TensorType(39, "MXFP4", 32, 17), TensorType(40, "NVFP4", 64, 36),
    ]

    /// The types that both formats know have the numbers of GGUF; those of all others are above every number there.
    private static let safetensorsTable: [TensorType] =
        table.filter { ["F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64"].contains($0.name) } + [
            TensorType(1 << 16, "BOOL", 1, 1), TensorType(1 << 16 + 1, "U8", 1, 1),
            TensorType(1 << 16 + 2, "U16", 1, 2), TensorType(1 << 16 + 3, "U32", 1, 4),
            TensorType(1 << 16 + 4, "U64", 1, 8), TensorType(1 << 16 + 5, "F8_E4M3", 1, 1),
            TensorType(1 << 16 + 6, "F8_E5M2", 1, 1), TensorType(1 << 16 + 7, "F8_E8M0", 1, 1),
        ]
}

import Testing
import Weights

/// Files that were made to harm: each is refused with one error that names what is wrong with it.
@Suite struct HostileGGUFTests {
    struct Case: Sendable, CustomStringConvertible {
        let description: String
        /// Part of the error.
        let complaint: String
        let make: @Sendable (inout GGUFBuilder) -> Void

        init(_ description: String, _ complaint: String, _ make: @escaping @Sendable (inout GGUFBuilder) -> Void) {
            self.description = description
            self.complaint = complaint
            self.make = make
        }
    }

    static let header: [Case] = [
        Case("another magic", "does not begin with 'GGUF'") { $0.magic = Array("GGML".utf8) },
        Case("version 1", "version 1 is not supported") { $0.version = 1 },
        Case("version 4", "version 4 is not supported") { $0.version = 4 },
        Case("big-endian", "big-endian") { $0.version = UInt32(3).byteSwapped },
        Case("2^64 - 1 tensors", "the number of tensors is 18446744073709551615") { $0.tensorCount = .max },
        Case("more tensors than the file could hold", "the number of tensors") { $0.tensorCount = 1_000 },
        Case("2^63 keys", "the number of keys") { $0.keyCount = 1 << 63 },
        Case("one key too many", "") { $0.keyCount = 2 },
        Case("one tensor too many", "") { $0.tensorCount = 3 },
        Case("more keys than are accepted", "65537 keys") { builder in
            for index in 0..<65_536 { builder.add("k\(index)", .uint8, [0]) }
        },
        Case("a split model", "part 2 of a model split into 3 files") {
            $0.add("split.count", .uint16, [3, 0])
            $0.add("split.no", .uint16, [1, 0])
        },
    ]

    static let keys: [Case] = [
        Case("a key without name", "key 1 has no name") { $0.add("", uint32: 1) },
        Case("the same key twice", "key 'general.architecture' appears twice") {
            $0.add("general.architecture", string: "qwen2")
        },
        Case("a key that is not UTF-8", "key 1 is not UTF-8") {
            $0.pairs.append(
                GGUFBuilder.little(UInt64(2)) + [0xc3, 0x28] + GGUFBuilder.little(UInt32(4)) + [0, 0, 0, 0])
        },
        Case("a key of 2^64 - 1 bytes", "the length of key 1") {
            $0.pairs.append(GGUFBuilder.little(UInt64.max) + [1, 2])
        },
        Case("a key longer than is accepted", "at most 1024") {
            $0.add(String(repeating: "k", count: 1_025), uint32: 1)
        },
        Case("an unknown value type", "key 'x' has the unknown value type 13") {
            $0.pairs.append(GGUFBuilder.text("x") + GGUFBuilder.little(UInt32(13)) + [0, 0, 0, 0])
        },
        Case("a truth value of 2", "key 'x' holds a truth value that is neither 0 nor 1") { $0.add("x", .bool, [2]) },
        Case("a string of 2^64 - 1 bytes", "the string of key 'x'") {
            $0.add("x", .string, GGUFBuilder.little(UInt64.max))
        },
        Case("a string that is not UTF-8", "the string of key 'x' is not UTF-8") {
            $0.add("x", .string, GGUFBuilder.little(UInt64(1)) + [0xff])
        },
        Case("a list of lists", "lists of lists") { $0.add("x", list: .list, []) },
        Case("a list of an unknown type", "unknown value type 99") {
            $0.add("x", .list, GGUFBuilder.little(UInt32(99)) + GGUFBuilder.little(UInt64(0)))
        },
        Case("a list whose size overflows", "the list length of key 'x'") {
            $0.add("x", .list, GGUFBuilder.little(UInt32(10)) + GGUFBuilder.little(UInt64(1) << 61))
        },
        Case("a list of strings longer than the file", "the list length of key 'x'") {
            $0.add("x", .list, GGUFBuilder.little(UInt32(8)) + GGUFBuilder.little(UInt64(1_000_000)))
        },
        Case("a string in a list that reaches beyond the file", "the length of string 0 of key 'x'") {
            $0.add(
                "x", .list,
                GGUFBuilder.little(UInt32(8)) + GGUFBuilder.little(UInt64(1)) + GGUFBuilder.little(UInt64(1) << 40))
        },
        Case("control characters in a key", "'a\\u{1b}[31m'") { $0.add("a\u{1b}[31m", .bool, [2]) },
    ]

    static let alignments: [Case] =
        [UInt32(0), 1, 4, 24, 33, 131_072, .max].map { value in
            Case("an alignment of \(value)", "key 'general.alignment': \(value)") {
                $0.add("general.alignment", uint32: value)
            }
        } + [
            Case("an alignment that is a string", "key 'general.alignment'") {
                $0.add("general.alignment", string: "32")
            }
        ]

    static let tensors: [Case] = [
        Case("a tensor without name", "tensor 0 has no name") { $0.tensors[0].name = "" },
        Case("the same tensor twice", "tensor 'first.weight' appears twice") { $0.tensors[1].name = "first.weight" },
        Case("a name longer than is accepted", "at most 1024") {
            $0.tensors[0].name = String(repeating: "n", count: 2_000)
        },
        Case("no dimensions", "0 dimensions") { $0.tensors[0].dimensions = [] },
        Case("five dimensions", "5 dimensions") { $0.tensors[0].dimensions = [1, 1, 1, 1, 1] },
        Case("2^32 - 1 dimensions", "4294967295 dimensions") { $0.tensors[0].rank = .max },
        Case("a dimension of 0", "dimension of 0") { $0.tensors[0].dimensions = [8, 0] },
        Case("a dimension of 2^63", "tensor 'first.weight' has a dimension") {
            $0.tensors[0].dimensions = [1 << 63, 1]
        },
        Case("a product of 2^64", "more elements than can be counted") {
            $0.tensors[0].dimensions = [1 << 32, 1 << 32]
        },
        Case("bytes beyond 2^63", "more bytes than can be counted") { $0.tensors[0].dimensions = [1 << 31, 1 << 31] },
        Case("an unknown type", "tensor 'second.weight' has the unknown type 31") { $0.tensors[1].type = 31 },
        Case("a cut block", "rows of 16 elements") { $0.tensors[1].dimensions = [16, 4] },
        Case("an offset between the alignments", "not a multiple of the alignment 32") { $0.tensors[1].offset = 140 },
        Case("an offset beyond the file", "reaches beyond the end") { $0.tensors[1].offset = 1 << 40 },
        Case("an offset of almost 2^64", "reaches beyond the end") { $0.tensors[1].offset = .max - 31 },
        Case("one row too many", "tensor 'second.weight' (102 bytes") { $0.tensors[1].dimensions = [32, 3] },
        Case("larger than the file", "tensor 'first.weight'") { $0.tensors[0].dimensions = [1 << 40, 1 << 10] },
        Case("two tensors in one place", "'first.weight' and 'second.weight' share bytes") {
            $0.tensors[1].offset = 96
        },
        Case("no data at all", "tensor 'first.weight'") { $0.dataBytes = 0 },
    ]

    @Test("Refused", arguments: header + keys + alignments + tensors)
    func refused(_ test: Case) throws {
        var builder = GGUFBuilder.good
        _ = try builder.read()
        test.make(&builder)
        let error = #expect(throws: WeightsError.self) { try builder.read() }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("made.gguf: "))
        #expect(test.complaint.isEmpty || text.contains(test.complaint), "\(text)")
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 32 })
    }

    @Test("An alignment of the file's own is used")
    func alignment() throws {
        var builder = GGUFBuilder.good
        builder.alignment = 64
        builder.add("general.alignment", uint32: 64)
        let file = try builder.read()
        #expect(file.tensors.allSatisfy { $0.byteOffset.isMultiple(of: 64) })
    }
}

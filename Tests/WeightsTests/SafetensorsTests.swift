import JSON
import Testing
import Weights

/// Shards from strangers: read as they are, or refused with the name of what is wrong.
@Suite struct SafetensorsTests {
    private typealias Tensor = Checkpoint.Tensor

    @Test func tensorsAreWhereTheTableSays() throws {
        let file = try SafetensorsFile(
            bytes: Checkpoint.shard([
                ("m", Tensor(dtype: "BF16", shape: [3, 2], bytes: 12)), ("s", Tensor(shape: [], bytes: 4)),
            ]),
            path: "x")
        #expect(file.tensors.map(\.name) == ["m", "s"])
        // PyTorch says [outputs, inputs], we say the innermost first.
        #expect(file.tensors[0].dimensions == [2, 3] && file.tensors[0].type.name == "BF16")
        #expect(file.tensors[1].dimensions == [1])
        #expect(file.bytes(of: file.tensors[0]).byteCount == 12)
        #expect(file.tensors[1].byteOffset == file.fileBytes - 4)
    }

    @Test func metadataIsPassedOver() throws {
        let header = #"{"__metadata__":{"format":"pt"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   "#
        let file = try SafetensorsFile(bytes: Checkpoint.shard([("a", Tensor(bytes: 1))], header: header), path: "x")
        #expect(file.tensors.map(\.name) == ["a"])
    }

    /// Tables that do not fit eight bytes of data, and what is said about them.
    static let refusals: [(header: String, complaint: String)] = [
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}}"#, "not the 2 elements"),
        (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#, "beyond the end of the file"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "belong to none"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "leaves a gap"),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            "shares bytes"
        ),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "data_offsets"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, "data_offsets"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}"#, "data_offsets"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,1e99]}}"#, "data_offsets"),
        (#"{"a":{"dtype":"F32","shape":[2]}}"#, "data_offsets"),
        (#"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#, "has no shape"),
        (#"{"a":{"dtype":"F32","shape":[0,2],"data_offsets":[0,0]}}"#, "not a positive integer"),
        (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "not a positive integer"),
        (#"{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}"#, "not a positive integer"),
        (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#, "more elements than"),
        (#"{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]}}"#, "not the"),
        (#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}"#, "9 dimensions"),
        (#"{"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}"#, "unknown dtype 'Q4'"),
        (#"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, "has no dtype"),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
            "appears twice"
        ),
        (#"{"a":[]}"#, "has no dtype"),
        (#"{"":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "empty or longer"),
        ("{}", "no tensors"),
        (#"{"__metadata__":{}}"#, "no tensors"),
        ("[[[[[[[[[[]]]]]]]]]]", "no JSON object"),
        (#"{"a":{"b":{"c":{"d":{"e":{}}}}}}"#, "nested deeper"),
        (#"{"a":"#, "cannot be read"),
        ("GGUF", "no JSON object"),
    ]

    @Test("Refused", arguments: refusals.indices)
    func refused(_ index: Int) {
        let (header, complaint) = Self.refusals[index]
        let error = #expect(throws: WeightsError.self) {
            try SafetensorsFile(bytes: Checkpoint.shard([("x", Tensor())], header: header), path: "x.safetensors")
        }
        #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
        #expect(error?.file == "x.safetensors")
    }

    @Test("Cut at any byte")
    func cut() {
        let whole = Checkpoint.shard([("a", Tensor()), ("b", Tensor(dtype: "F16", shape: [2, 2]))])
        for length in 0..<whole.count {
            #expect(throws: WeightsError.self) { try SafetensorsFile(bytes: Array(whole[..<length]), path: "x") }
        }
        #expect(throws: WeightsError.self) { try SafetensorsFile(bytes: whole + [0], path: "x") }
    }

    @Test("Headers of absurd length", arguments: [0, 1, 100 << 20 + 1, UInt64.max, 1 << 63] as [UInt64])
    func absurdLength(_ length: UInt64) {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array("{}".utf8)
        #expect(throws: WeightsError.self) { try SafetensorsFile(bytes: bytes, path: "x") }
    }
}

import JSON
import Platform
import Testing
import Weights

/// Good files are read as they are.
@Suite struct GGUFFileTests {
    static let folder: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        return parts.joined(separator: "/") + "/Fixtures/"
    }()

    static func bytes(_ name: String) throws -> [UInt8] {
        let file = try MappedFile(path: folder + name)
        var result: [UInt8] = []
        unsafe file.bytes.withUnsafeBytes { unsafe result.append(contentsOf: $0) }
        return result
    }

    @Test("The tables are those of the reference reader")
    func listing() throws {
        let listing = try JSONParser.parse(try Self.bytes("gguf_listing.json"), limits: .file)
        let files = try #require(listing.objectValue)
        #expect(files.count >= 2)
        for (name, entry) in files {
            let file = try GGUFFile(path: Self.folder + name)
            let tensors = try #require(entry["tensors"]?.arrayValue)
            #expect(file.tensors.count == tensors.count)
            for (tensor, expected) in zip(file.tensors, tensors) {
                #expect(tensor.name == expected["name"]?.stringValue)
                #expect(tensor.dimensions == expected["shape"]?.arrayValue?.compactMap(\.intValue).map(Int.init))
                #expect(tensor.type.name == expected["type"]?.stringValue)
                #expect(Int64(tensor.byteOffset) == expected["offset"]?.intValue)
                #expect(Int64(tensor.byteCount) == expected["bytes"]?.intValue)
                #expect(file.tensor(tensor.name) == tensor)
            }
            let keys = try #require(entry["keys"]?.objectValue)
            #expect(file.metadata.keys == keys.map(\.key))
            for (key, value) in keys { try compare(file.metadata, key, value) }
        }
    }

    private func compare(_ metadata: ModelMetadata, _ key: String, _ value: JSONValue) throws {
        switch value {
        case .string(let text): #expect(try metadata.string(key) == text)
        case .bool(let flag): #expect(try metadata.bool(key) == flag)
        case .int(let number): #expect(try metadata.int(key).map(Int64.init) == number)
        case .double(let number): #expect(try metadata.double(key) == number)
        case .array(let list) where list.first?.stringValue != nil:
            let strings = try #require(try metadata.strings(key))
            #expect((0..<strings.count).map { strings.text($0) } == list.compactMap(\.stringValue))
        case .array(let list):
            #expect(try metadata.ints(key) == list.compactMap(\.intValue).map { Int32($0) })
        default: Issue.record("\(key) is listed as \(value)")
        }
    }

    @Test("Bytes of a tensor are those of the file")
    func tensorBytes() throws {
        let whole = try Self.bytes("qwen2-tiny-Q4_0.gguf")
        for file in [try GGUFFile(path: Self.folder + "qwen2-tiny-Q4_0.gguf"), try GGUFFile(bytes: whole, path: "x")] {
            #expect(file.fileBytes == whole.count)
            for tensor in file.tensors {
                var found: [UInt8] = []
                unsafe file.bytes(of: tensor).withUnsafeBytes { unsafe found.append(contentsOf: $0) }
                #expect(found == Array(whole[tensor.byteOffset..<tensor.byteOffset + tensor.byteCount]))
                file.release(tensor)
            }
        }
    }

    @Test("Both versions and every scalar type", arguments: [UInt32(2), 3])
    func scalars(version: UInt32) throws {
        var builder = GGUFBuilder.good
        builder.version = version
        builder.add("u8", .uint8, [200])
        builder.add("i8", .int8, [200])
        builder.add("u16", .uint16, GGUFBuilder.little(UInt16(60_000)))
        builder.add("i16", .int16, GGUFBuilder.little(Int16(-2)))
        builder.add("u32", uint32: 4_000_000_000)
        builder.add("i32", .int32, GGUFBuilder.little(Int32(-5)))
        builder.add("u64", .uint64, GGUFBuilder.little(UInt64.max))
        builder.add("i64", .int64, GGUFBuilder.little(Int64.min))
        builder.add("f32", float32: 0.25)
        builder.add("f64", .float64, GGUFBuilder.little(Double(1e300).bitPattern))
        builder.add("yes", .bool, [1])
        builder.add("none", list: .string, [])
        builder.add("bytes", list: .int8, [[255], [3]])
        builder.add("wide", list: .uint64, [GGUFBuilder.little(UInt64.max)])
        let metadata = try builder.read().metadata
        #expect(try metadata.int("u8") == 200)
        #expect(try metadata.int("i8") == -56)
        #expect(try metadata.int("u16") == 60_000)
        #expect(try metadata.int("i16") == -2)
        #expect(try metadata.int("u32") == 4_000_000_000)
        #expect(try metadata.int("i32") == -5)
        #expect(try metadata.int("i64") == Int.min)
        #expect(try metadata.double("f32") == 0.25)
        #expect(try metadata.double("f64") == 1e300)
        #expect(try metadata.double("i16") == -2)
        #expect(try metadata.bool("yes") == true)
        #expect(try metadata.strings("none")?.count == 0)
        #expect(try metadata.ints("bytes") == [-1, 3])
        #expect(try metadata.floats("bytes") == [-1, 3])
        #expect(try metadata.string("absent") == nil)
        #expect(metadata.contains("u8") && !metadata.contains("absent"))
        #expect(metadata.summary("none", maximumCharacters: 20) == "0 strings")
        for (key, read) in [
            ("u64", { _ = try metadata.int("u64") }), ("wide", { _ = try metadata.ints("wide") }),
            ("yes", { _ = try metadata.int("yes") }), ("u8", { _ = try metadata.string("u8") }),
            ("f32", { _ = try metadata.int("f32") }), ("bytes", { _ = try metadata.strings("bytes") }),
        ] as [(String, () throws -> Void)] {
            let error = #expect(throws: WeightsError.self) { try read() }
            #expect(error?.reason.contains("'\(key)'") == true)
        }
    }

    @Test("A list of strings keeps every byte")
    func strings() throws {
        var builder = GGUFBuilder.good
        builder.add(
            "tokens", list: .string,
            [GGUFBuilder.text("a"), GGUFBuilder.text(""), GGUFBuilder.little(UInt64(2)) + [0xff, 0]])
        let strings = try #require(try builder.read().metadata.strings("tokens"))
        #expect((0..<3).map { Array(strings[$0]) } == [[97], [], [0xff, 0]])
    }

    @Test("A file that is not there or has nothing in it", arguments: ["/nonexistent/model.gguf", "/", "/dev/null"])
    func noFile(path: String) {
        let error = #expect(throws: WeightsError.self) { try GGUFFile(path: path) }
        #expect(error?.file == path)
    }
}

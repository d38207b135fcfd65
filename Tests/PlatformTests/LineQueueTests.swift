import Glibc
import Platform
import Testing

/// Whoever writes a line goes on, whether or not anybody reads it.
@Suite struct LineQueueTests {
    @Test func d4_aPipeThatNobodyReadsStopsNobody() throws {
        var ends: [CInt] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        let queue = LineQueue(descriptor: ends[1], maximumBytes: 100_000)
        let line = [UInt8](repeating: 0x61, count: 999) + [0x0a]
        for _ in 0..<1000 { queue.add(line) { Array("missing \($0)\n".utf8) } }
        #expect(queue.dropped > 0, "a full pipe and a full queue hold less than a megabyte")
        #expect(!queue.flush(seconds: 0.01))
        var text = ""
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        // Reading makes room; then the next line says how many are missing.
        while !text.contains("last\n") {
            let count = unsafe read(ends[0], &bytes, bytes.count)
            text += String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
            if queue.flush(seconds: 0), !text.contains("missing") {
                queue.add(Array("last\n".utf8)) { Array("missing \($0)\n".utf8) }
            }
        }
        #expect(text.contains("missing \(queue.dropped)\nlast\n"))
        #expect(queue.flush(seconds: 60))
        close(ends[0])
    }
}

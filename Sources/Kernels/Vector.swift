/// An immutable f32 vector: norm weights, biases.
@safe package final class Vector: @unchecked Sendable {
    /// Number of values.
    package let count: Int
    // Written only while it is made, so it may be read from any thread.
    private let storage: UnsafeMutablePointer<Float>

    /// Copies the values.
    package convenience init(_ values: [Float]) {
        self.init(zeros: values.count)
        for (index, value) in values.enumerated() { unsafe initialValues[index] = value }
    }

    /// Room for values that the caller writes before it shares the vector.
    init(zeros count: Int) {
        self.count = count
        unsafe storage = UnsafeMutablePointer<Float>.allocate(capacity: max(count, 1))
        unsafe storage.initialize(repeating: 0, count: max(count, 1))
    }

    deinit { unsafe storage.deallocate() }

    /// The values, to write before the vector is shared.
    var initialValues: UnsafeMutablePointer<Float> { unsafe storage }

    /// The values, to read.
    var values: UnsafePointer<Float> { unsafe UnsafePointer(storage) }
}

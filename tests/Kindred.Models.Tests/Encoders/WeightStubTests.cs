using Kindred.Models.Encoders;
using Microsoft.Extensions.AI;

namespace Kindred.Models.Tests.Encoders;

public sealed class WeightStubTests
{
    /// <summary>The words' rows, and so many behind them that the table is large.</summary>
    private static float[][] Large(TinyFolder folder) => [.. folder.Table, .. Enumerable.Range(0, 8000).Select(i => new float[] { i, 0, -i, 1 })];

    [Theory]
    [InlineData("output0")]
    [InlineData("output00")]
    [InlineData("output000")]
    [InlineData("output0000")]
    public async Task A_weight_left_in_its_file_is_read_right_at_every_alignment(string output)
    {
        using var folder = new TinyFolder();
        folder.Write("model.onnx", TinyNetwork.Lookup(Large(folder), output));
        byte[]? stub = WeightStub.Of(Path.Combine(folder.Path, "model.onnx"));
        Assert.NotNull(stub);
        Assert.InRange(stub.Length, 1, 1000);
        using var model = EmbeddingModel.Load(folder.Path);
        var vector = await model.GenerateAsync("red blue", cancellationToken: TestContext.Current.CancellationToken);
        int[] rows = [2, 4, 6, 3];
        for (int d = 0; d < TinyFolder.Width; d++) Assert.Equal(rows.Average(r => (double)folder.Table[r][d]), vector.Vector.Span[d], 1e-6);
    }

    [Fact]
    public void The_default_model_keeps_its_matrices_in_the_file()
    {
        string network = Path.Combine(ModelCatalog.Find("minilm")!.Folder, "onnx", "model.onnx");
        byte[]? stub = WeightStub.Of(network);
        Assert.NotNull(stub);
        Assert.InRange(stub.Length, 1, new FileInfo(network).Length / 50);
    }

    [Fact]
    public void Small_weights_give_no_stub()
    {
        using var folder = new TinyFolder();
        Assert.Null(WeightStub.Of(Path.Combine(folder.Path, "model.onnx")));
        Assert.Null(WeightStub.Of(Path.Combine(folder.Path, "absent.onnx")));
    }

    [Fact]
    public void A_file_that_is_cut_or_changed_anywhere_is_left_to_the_runtime_and_ends_in_a_clear_error_or_works()
    {
        using var folder = new TinyFolder();
        byte[] whole = TinyNetwork.Lookup(Large(folder));
        string path = Path.Combine(folder.Path, "model.onnx");
        var random = new Random(3);
        for (int i = 0; i < 300; i++)
        {
            // the heads stand in the first bytes and the last, between them are the weights
            byte[] hostile = (byte[])whole.Clone();
            int at = random.Next(2) == 0 ? random.Next(120) : whole.Length - 1 - random.Next(120);
            if (random.Next(2) == 0) hostile = hostile[..at];
            else hostile[at] = (byte)random.Next(256);
            File.WriteAllBytes(path, hostile);
            try
            {
                EmbeddingModel.Load(folder.Path).Dispose();
            }
            catch (ModelFormatException)
            {
                // what is expected of most of them
            }
        }
    }
}

using System.Buffers;
using System.Numerics.Tensors;
using Kindred.Models.Tuning;
using Microsoft.ML.OnnxRuntime;

namespace Kindred.Models.Encoders;

/// <summary>
/// Runs the network of a model folder. A single batch runs on all threads at once, which gives the shortest wait; many batches run one a
/// thread, which gives the most tokens a second. Those are two sessions; the second is opened when there is enough work to pay for it.
/// </summary>
internal sealed class EncoderNetwork : ITextEncoder
{
    /// <summary>Batches for each thread from which on opening the second session pays (0.2 s against 15 % of the time, on two cores).</summary>
    private const int BatchesWorthASession = 16;

    /// <summary>Texts from which on splitting them into tokens is shared among the threads.</summary>
    private const int TextsWorthThreads = 64;

    /// <summary>Layers that can be asked for: the last ones, which know most of what a text says.</summary>
    private const int LastLayers = 4;

    private readonly ModelFolder folder;
    private readonly int threads;
    private readonly (BertWeightsFile File, EncoderTuning Changes)? tuned;
    private readonly Lock gate = new();
    private readonly InferenceSession wide;
    private readonly string[] inputs;
    private readonly string[] outputs;
    private readonly string[] inner;
    private readonly string[] deepOutputs;
    private readonly int[] layerPlaces;
    private InferenceSession? narrow;
    private int running;
    private bool disposed;

    /// <param name="folder">The model.</param>
    /// <param name="threads">How many a call may use.</param>
    /// <param name="tuned">Where the layers' weights stand, and what to add to them; null to run them as they are.</param>
    public EncoderNetwork(ModelFolder folder, int threads, (BertWeightsFile File, EncoderTuning Changes)? tuned = null)
    {
        this.folder = folder;
        this.threads = threads;
        this.tuned = tuned;
        string[] found = OnnxFile.Layers(folder.Network, out var own);
        string[] layers = found.Length < LastLayers ? [] : found[^LastLayers..];
        inner = [.. layers.Where(name => !own.Contains(name))];
        wide = Open(threads);
        try
        {
            inputs = Inputs();
            // a network in half floats, or one without padding, has them in another form
            if (layers.Any(name => wide.OutputMetadata[name] is var output && (output.ElementType != typeof(float) || output.Dimensions.Length != 3))) layers = [];
            outputs = [Output(out int? width)];
            deepOutputs = [.. outputs, .. layers.Except(outputs)];
            layerPlaces = [.. layers.Select(name => Array.IndexOf(deepOutputs, name))];
            if (folder.Width is { } said && width is { } given && said != given)
            {
                throw new ModelFormatException(folder.Network, outputs[0], $"gives vectors of {given} values, the folder says {said}");
            }

            Width = folder.Width ?? width ?? throw new ModelFormatException(folder.Path, "hidden_size", "stands in no file");
            int pooled = Width * folder.Pooling.Parts;
            Dimensions = folder.Dense.Count > 0 ? folder.Dense[^1].Outputs : pooled;
            if (folder.Dense.Count > 0 && folder.Dense[0].Inputs != pooled)
            {
                throw new ModelFormatException(folder.Path, "Dense", $"takes {folder.Dense[0].Inputs} values, pooling gives {pooled}");
            }
        }
        catch
        {
            wide.Dispose();
            throw;
        }
    }

    /// <summary>Length of a token's vector.</summary>
    public int Width { get; }

    /// <summary>Length of a text's vector.</summary>
    public int Dimensions { get; }

    /// <summary>Announces a call: memory is kept until what is returned is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public IDisposable Enter()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, typeof(EmbeddingModel));
            running++;
            return new Use(this);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (disposed) return;
            disposed = true;
            if (running == 0) Release();
        }
    }

    /// <summary>Encodes texts; to be called between <see cref="Enter"/> and its end.</summary>
    public EncodedTexts Encode(string[] texts, string prompt, int dimensions, bool withLayers, CancellationToken cancel)
    {
        int[][] ids = new int[texts.Length][];
        int[] total = new int[texts.Length], kept = new int[texts.Length];
        var degree = new ParallelOptions { MaxDegreeOfParallelism = texts.Length < TextsWorthThreads ? 1 : threads, CancellationToken = cancel };
        Parallel.For(0, texts.Length, degree, i =>
        {
            string text = prompt.Length == 0 ? texts[i] : prompt + texts[i];
            ids[i] = folder.Tokenizer.Encode(text, folder.MaxTokens, out total[i]);
            kept[i] = ids[i].Length;
        });

        float[][]? states = withLayers && layerPlaces.Length > 0 ? new float[texts.Length][] : null;
        return new EncodedTexts(EncodeIds(ids, dimensions, cancel, states), total, kept, states);
    }

    /// <summary>Encodes texts that were already split; to be called between <see cref="Enter"/> and its end.</summary>
    /// <param name="ids">The ids of each text with the special ones around them, none longer than the model reads.</param>
    /// <param name="dimensions">How many leading components to keep.</param>
    /// <param name="cancel">Stops within a batch.</param>
    /// <param name="states">Shape [texts]: receives the last layers, each the mean over a text's tokens, one behind the other; null if not wanted.</param>
    public float[][] EncodeIds(int[][] ids, int dimensions, CancellationToken cancel, float[][]? states = null)
    {
        var degree = new ParallelOptions { CancellationToken = cancel };
        var vectors = new float[ids.Length][];
        var batches = BatchPlan.Of([.. ids.Select(text => text.Length)]);
        var session = Choose(batches.Count, out int callers);
        degree.MaxDegreeOfParallelism = callers;
        using var run = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using var stop = cancel.Register(() => run.Terminate = true);
        try
        {
            if (callers == 1)
            {
                foreach (var batch in batches) Batch(batch);
            }
            else
            {
                Parallel.For(0, batches.Count, degree, b => Batch(batches[b]));
            }
        }
        catch (Exception e) when (cancel.IsCancellationRequested && (e is OnnxRuntimeException || e is AggregateException { InnerException: OnnxRuntimeException }))
        {
            throw new OperationCanceledException(cancel);
        }
        catch (AggregateException e) when (e.InnerException is { } first)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }

        return vectors;

        void Batch(ArraySegment<int> batch)
        {
            cancel.ThrowIfCancellationRequested();
            RunBatch(session, run, batch, ids, vectors, dimensions, states);
        }
    }

    private void RunBatch(InferenceSession session, RunOptions run, ArraySegment<int> batch, int[][] ids, float[][] vectors, int dimensions, float[][]? states)
    {
        int rows = batch.Count, length = ids[batch[0]].Length, cells = rows * length;
        long[] buffer = ArrayPool<long>.Shared.Rent(cells * 3);
        var values = new List<OrtValue>(inputs.Length);
        try
        {
            Fill(buffer.AsSpan(0, cells * 3), batch, ids, length);
            long[] shape = [rows, length];
            for (int i = 0; i < inputs.Length; i++)
            {
                values.Add(OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, buffer.AsMemory(Slot(inputs[i]) * cells, cells), shape));
            }

            string[] wanted = states is null ? outputs : deepOutputs;
            using var results = session.Run(run, inputs, values, wanted);
            for (int o = 0; o < wanted.Length; o++) CheckShape(wanted[o], results[o], rows, length);
            for (int r = 0; r < rows; r++)
            {
                int text = batch[r];
                vectors[text] = Finish(Tokens(results[0], r), ids[text].Length, dimensions, text);
                if (states is null) continue;
                states[text] = new float[layerPlaces.Length * Width];
                for (int l = 0; l < layerPlaces.Length; l++)
                    Pooling.Default.Apply(Tokens(results[layerPlaces[l]], r), ids[text].Length, Width, states[text].AsSpan(l * Width, Width));
                CheckFinite(states[text], text);
            }

            ReadOnlySpan<float> Tokens(OrtValue output, int row) => output.GetTensorDataAsSpan<float>().Slice(row * length * Width, length * Width);
        }
        finally
        {
            foreach (var value in values) value.Dispose();
            ArrayPool<long>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes ids, mask and token types, shape [3, rows, length].</summary>
    private void Fill(Span<long> to, ArraySegment<int> batch, int[][] ids, int length)
    {
        int cells = batch.Count * length;
        to[(2 * cells)..].Clear();
        for (int r = 0; r < batch.Count; r++)
        {
            int[] text = ids[batch[r]];
            var row = to.Slice(r * length, length);
            var mask = to.Slice(cells + r * length, length);
            for (int t = 0; t < text.Length; t++) row[t] = text[t];
            row[text.Length..].Fill(folder.Tokenizer.PadId);
            mask[..text.Length].Fill(1);
            mask[text.Length..].Clear();
        }
    }

    private static int Slot(string input) => input switch { "input_ids" => 0, "attention_mask" => 1, _ => 2 };

    /// <summary>Pools, applies what stands behind the pooling, cuts.</summary>
    private float[] Finish(ReadOnlySpan<float> rows, int tokens, int dimensions, int index)
    {
        float[] vector = new float[Width * folder.Pooling.Parts];
        folder.Pooling.Apply(rows, tokens, Width, vector);
        foreach (var layer in folder.Dense)
        {
            float[] next = new float[layer.Outputs];
            layer.Apply(vector, next);
            vector = next;
        }

        CheckFinite(vector, index);
        if (dimensions < vector.Length) vector = vector[..dimensions];
        if (folder.Normalize)
        {
            float norm = TensorPrimitives.Norm<float>(vector);
            if (norm > 0) TensorPrimitives.Divide(vector, norm, vector);
        }

        return vector;
    }

    private void CheckFinite(float[] vector, int text)
    {
        // a sum is finite only if all of its terms are
        if (!float.IsFinite(TensorPrimitives.SumOfSquares<float>(vector)))
        {
            throw new InvalidDataException($"{folder.Network}: the vector of text {text} holds a value that is not a finite number.");
        }
    }

    private void CheckShape(string name, OrtValue output, int rows, int length)
    {
        long[] found = output.GetTensorTypeAndShape().Shape;
        if (!found.AsSpan().SequenceEqual([rows, length, Width]))
        {
            throw new ModelFormatException(folder.Network, name, $"has shape [{string.Join(", ", found)}], wanted is [{rows}, {length}, {Width}]");
        }
    }

    /// <summary>Picks the session for so many batches, and on how many threads to call it.</summary>
    private InferenceSession Choose(int batches, out int callers)
    {
        callers = 1;
        if (threads == 1) return wide;
        lock (gate)
        {
            if (narrow is null && batches >= threads * BatchesWorthASession) narrow = Open(1);

            // when several calls run, each is a thread of its own
            if (narrow is null || (batches == 1 && running == 1)) return wide;
            callers = Math.Min(threads, Math.Max(batches, 1));
            return narrow;
        }
    }

    private InferenceSession Open(int intraThreads)
    {
        // shapes differ from batch to batch, so remembered memory patterns only pile up; the arena stays: without it, long batches are 2 to 5 times slower
        using var options = new SessionOptions
        {
            IntraOpNumThreads = intraThreads,
            InterOpNumThreads = 1,
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        try
        {
            // tuned weights stand in the network itself: no optimisation can keep the old ones, and a session drops them once packed (AddInitializer: 83 MB a session of MiniLM, so 45)
            byte[] weights = tuned is { } t ? t.File.Changed(t.Changes.Changes) : [];
            byte[]? network = WeightStub.Of(folder.Network, tuned?.File.Names.SelectMany(layer => layer).ToHashSet(StringComparer.Ordinal));
            if (network is null && tuned is not null) throw new ModelFormatException(folder.Network, "", "cannot be given other weights");
            network ??= inner.Length > 0 ? File.ReadAllBytes(folder.Network) : null;
            if (network is null) return new InferenceSession(folder.Network, options);
            options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", Path.GetDirectoryName(Path.GetFullPath(folder.Network))!);
            return new InferenceSession([.. network, .. OnnxFile.Outputs(inner), .. weights], options);
        }
        catch (Exception e) when (e is OnnxRuntimeException or IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(folder.Network, "", $"cannot be loaded: {e.Message}", e);
        }
    }

    private string[] Inputs()
    {
        foreach (var (name, data) in wide.InputMetadata)
        {
            if (name is not ("input_ids" or "attention_mask" or "token_type_ids")) throw new ModelFormatException(folder.Network, name, "is an input that is not known here");
            if (data.ElementType != typeof(long)) throw new ModelFormatException(folder.Network, name, $"is of {data.ElementType.Name}, wanted are int64 ids");
        }

        string[] found = [.. wide.InputMetadata.Keys];
        return found.Contains("input_ids") ? found : throw new ModelFormatException(folder.Network, "input_ids", "is missing among the inputs");
    }

    /// <summary>The output with a vector a token: one of the usual names, else the first of rank 3.</summary>
    private string Output(out int? width)
    {
        var fitting = wide.OutputMetadata.Where(o => !inner.Contains(o.Key) && o.Value.ElementType == typeof(float) && o.Value.Dimensions.Length == 3).ToArray();
        var chosen = fitting.Where(o => o.Key is "last_hidden_state" or "token_embeddings").Concat(fitting).FirstOrDefault();
        if (chosen.Key is null) throw new ModelFormatException(folder.Network, "outputs", "none is float32 of shape [batch, tokens, width]");
        int last = chosen.Value.Dimensions[2];
        width = last > 0 ? last : null;
        return chosen.Key;
    }

    private void Leave()
    {
        lock (gate)
        {
            running--;
            if (disposed && running == 0) Release();
        }
    }

    private void Release()
    {
        wide.Dispose();
        narrow?.Dispose();
    }

    /// <summary>A call that is under way.</summary>
    private sealed class Use(EncoderNetwork network) : IDisposable
    {
        public void Dispose() => network.Leave();
    }
}

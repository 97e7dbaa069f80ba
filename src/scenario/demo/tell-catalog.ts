import type { AttuneClient } from '../../client/attune-client.ts';
import type { Shop } from '../../world/shop.ts';

/** Tells the service what the simulated shop sells. */
export async function tellCatalog(client: AttuneClient, shop: Shop): Promise<void> {
  await client.upsertProducts(
    shop.catalog.products.map(
      ({ productId, title, category, brand, price, margin, url, image, stock, substitutes }) => ({
        productId,
        title,
        category,
        brand,
        price,
        margin,
        url,
        image,
        variants: [...stock].map(([size, left]) => ({ size, stock: left })),
        substitutes: [...substitutes],
      }),
    ),
  );
}
